// Two goroutines that only compute, on one processor. Each has a turn before the other is through: whoever computes for
// too long goes back to the queue at its next scheduling point.
#include <gosan/gosan.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>

std::atomic<int> hashes[2];

// FNV-1a of the number's digits, over and over.
void hash(int me, int count) {
  std::uint32_t sum = 2166136261u;
  for (int i = 1; i <= count; ++i) {
    for (int n = i; n > 0; n /= 10) sum = (sum ^ std::uint32_t(n % 10)) * 16777619u;
    hashes[me].fetch_add(1, std::memory_order_relaxed);
    gosan::yield();
  }
  std::printf("%c: %08x, the other has done %s\n", 'A' + me, sum, hashes[1 - me] > 0 ? "some" : "none");
}

int main() {
  gosan::gomaxprocs(1);
  gosan::wait_group both;
  both.go(hash, 0, 50000);
  both.go(hash, 1, 50000);
  both.wait();
}
