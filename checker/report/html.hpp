// Findings as one page without outside parts: no script, no font, no picture to fetch.
#pragma once

#include <string>

#include "report/document.hpp"

namespace gosan::report {

std::string render_html(const document& d);

}  // namespace gosan::report
