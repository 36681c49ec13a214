// A std::map under a std::shared_mutex: two threads, one write in a thousand.
#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>

int main() {
  std::map<int, long> map;
  for (int i = 0; i < 4000; ++i) map[i] = i;
  std::shared_mutex m;
  long found[2] = {};
  auto work = [&](int self) {
    unsigned seed = self + 1;
    for (int i = 0; i < 400000; ++i) {
      seed = seed * 1664525u + 1013904223u;
      int key = int(seed >> 8) % 4000;
      if (i % 1000 == 0) {
        std::unique_lock hold(m);
        map[key]++;
      } else {
        std::shared_lock hold(m);
        found[self] += map.find(key)->second;
      }
    }
  };
  std::thread a(work, 0), b(work, 1);
  a.join(), b.join();
  std::printf("%d\n", found[0] > 0 && found[1] > 0);
}
