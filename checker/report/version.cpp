#include "report/version.hpp"

namespace gosan::report {

std::string_view gosan_version() { return GOSAN_VERSION; }

}  // namespace gosan::report
