// A thousand goroutines count in one atomic variable.
#include <gosan/gosan.hpp>

#include <atomic>
#include <cstdio>

int main() {
  std::atomic<int> counter = 0;
  gosan::wait_group counting;
  for (int i = 0; i < 1000; ++i) {
    counting.go([&counter] { counter.fetch_add(1, std::memory_order_relaxed); });
  }
  counting.wait();
  std::printf("%d\n", counter.load());
  return counter == 1000 ? 0 : 1;
}
