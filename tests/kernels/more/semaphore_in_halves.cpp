// Two transfers that need two units of a semaphore of two take them one by one, and each waits for the other's.
// Fixed: both units at once.
#include "../kernel.hpp"

namespace kernels {
namespace semaphore_in_halves {

namespace buggy {

void transfer(semaphore& s) {
  s.acquire(1);
  s.acquire(1);
  s.release(2);
}

void run() {
  auto s = std::make_shared<semaphore>(2);
  wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([s] { transfer(*s); });
  }
  both.wait();
}

}  // namespace buggy

namespace fixed {

void transfer(semaphore& s) {
  s.acquire(2);
  s.release(2);
}

void run() {
  auto s = std::make_shared<semaphore>(2);
  wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([s] { transfer(*s); });
  }
  both.wait();
}

}  // namespace fixed
}  // namespace semaphore_in_halves

GOSAN_KERNEL(semaphore_in_halves, "Resource Deadlock / Semaphore", GOSAN_BLOCKING);
}  // namespace kernels
