#pragma once

#include <string_view>

namespace gosan::report {

std::string_view gosan_version();  // "0.1.0"

}  // namespace gosan::report
