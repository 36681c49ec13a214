// Two goroutines leave their outcome in the one error variable of the function that has started them.
// Fixed: one for each.
#include "../kernel.hpp"

namespace kernels {
namespace error_variable_shared {

int step(int i) { return i; }

namespace buggy {

int start_all() {
  int error = 0;
  wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&error, i] { error = step(i); });
  }
  both.wait();
  return error;
}

void run() { start_all(); }

}  // namespace buggy

namespace fixed {

int start_all() {
  int errors[2] = {};
  wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&errors, i] { errors[i] = step(i); });
  }
  both.wait();
  return errors[0] ? errors[0] : errors[1];
}

void run() { start_all(); }

}  // namespace fixed
}  // namespace error_variable_shared

GOSAN_KERNEL(error_variable_shared, "Go-Specific / Anonymous function", "data-race");
}  // namespace kernels
