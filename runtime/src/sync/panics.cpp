#include "sync/panics.hpp"

#include "gosan/panic.hpp"
#include "sync/sync_queue.hpp"

namespace gosan::detail {

void panic(panic_code code) { throw panic_error(code); }

void object_gone(std::uint64_t id, bool in_use, const char* what) noexcept {
  if constexpr (events::recording)
    if (id) emit_here(events::kind::obj_destroy, id);
  if (in_use && !rt::exiting()) rt::fatal(what);
}

}  // namespace gosan::detail
