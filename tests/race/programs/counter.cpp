// A counter of many goroutines, under a lock and without.
#include <gosan/gosan.hpp>

#include <mutex>

int counter;

int main() {
  return gosan::run([] {
    gosan::mutex lock;
    gosan::wait_group group;
    for (int i = 0; i < 100; ++i)
      group.go([&] {
#ifndef WRONG
        std::lock_guard hold(lock);
#endif
        ++counter;  // race
      });
    group.wait();
    return 0;
  });
}
