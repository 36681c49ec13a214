// gosan_checks.so and gosan_tidy.so: what they load registers itself.
#include "loader/loader.hpp"

namespace {
[[maybe_unused]] void* const loaded = gosan::loader::load_for_host(GOSAN_PLUGIN_NAME);
}
