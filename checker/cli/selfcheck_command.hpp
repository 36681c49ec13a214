// gosan selfcheck
#pragma once

namespace gosan::cli {

// Compiles a race, a leak and a deadlock and their right twins with the gosan-c++ beside this program, runs each under
// gosan run, and prints a line per pair. Returns 0 when each wrong one was caught and each right one passed; 3 otherwise.
int selfcheck();

}  // namespace gosan::cli
