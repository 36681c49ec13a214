// A thousand goroutines count in one variable, one at a time.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <mutex>

int main() {
  gosan::mutex mutex;
  int counter = 0;  // guarded by mutex
  gosan::wait_group counting;
  for (int i = 0; i < 1000; ++i) {
    counting.go([&] {
      std::lock_guard hold(mutex);
      ++counter;
    });
  }
  counting.wait();
  std::printf("%d\n", counter);
  return counter == 1000 ? 0 : 1;
}
