// A function sends its error on the channel that it only then returns. Fixed: the channel has room for the error.
#include "../kernel.hpp"

namespace kernels {
namespace moby_33293 {

bool fails() { return chance(50); }

namespace buggy {

chan<std::string> wait_container() {
  auto errors = make_chan<std::string>();
  if (fails()) errors.send("no such container");
  return errors;
}

void run() {
  go([] { wait_container(); });
}

}  // namespace buggy

namespace fixed {

chan<std::string> wait_container() {
  auto errors = make_chan<std::string>(1);
  if (fails()) errors.send("no such container");
  return errors;
}

void run() {
  go([] { wait_container(); });
}

}  // namespace fixed
}  // namespace moby_33293

GOSAN_KERNEL(moby_33293, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
