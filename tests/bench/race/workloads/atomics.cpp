// Two std::threads that work on shared atomics of every order.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<long> total{0}, tickets{0};
std::atomic<int> lock{0};
long guarded = 0;

void work() {
  for (int i = 0; i < 400000; ++i) {
    total.fetch_add(i & 7, std::memory_order_relaxed);
    tickets.fetch_add(1, std::memory_order_acq_rel);
    if (i % 8) continue;
    for (int free = 0; !lock.compare_exchange_weak(free, 1, std::memory_order_acquire); free = 0) std::this_thread::yield();
    ++guarded;
    lock.store(0, std::memory_order_release);
  }
}

int main() {
  std::thread a(work), b(work);
  a.join(), b.join();
  std::printf("%ld %ld %ld\n", total.load(), tickets.load(), guarded);
}
