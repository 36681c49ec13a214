// What stands behind gosan_checks.so, gosan_tidy.so and gosan_pass.so: each is one name for the
// plugins of all versions of LLVM, and loads the one that fits the compiler it finds itself in,
// NAME-MAJOR.so beside it. Without one that fits, it says so in one line and ends the compiler with
// status 1: a plugin of another version would be refused with the name of some symbol, and going on
// without checks would look like a check that found nothing.
//
// Nothing of LLVM is used here but what is looked up by name, so that it loads anywhere.
#pragma once

#include <string>

namespace gosan::loader {

// The handle of NAME-MAJOR.so; ends the process when there is none.
void* load_for_host(const char* name);

}  // namespace gosan::loader
