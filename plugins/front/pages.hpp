// What is said about a check outside its diagnostics, all from its check_info.
#pragma once

#include "model/check.hpp"

namespace gosan::checks {

// "gosan-closure-capture   a goroutine refers to ...", one line each; checks that are off by default are marked.
std::string list_of_checks();
// The head of the check's page, in Markdown: all but what is written by hand below it.
std::string page_of(const check_info& c);

}  // namespace gosan::checks
