// goroutines: 64 workers, buffered jobs and results, a little work each.
#include <cstdio>
#include <gosan/gosan.hpp>
#include <vector>

int main() {
  auto jobs = gosan::make_chan<int>(128), results = gosan::make_chan<int>(128);
  gosan::wait_group workers;
  for (int w = 0; w < 64; ++w)
    workers.go([=] {
      std::vector<int> scratch(64);
      for (int job : jobs) {
        for (int i = 0; i < 64; ++i) scratch[i] = job * i;
        int sum = 0;
        for (int x : scratch) sum += x & 15;
        results.send(sum);
      }
    });
  gosan::go([=] {
    for (int i = 0; i < 100000; ++i) jobs.send(i);
    jobs.close();
  });
  gosan::go([&workers, results] {
    workers.wait();
    results.close();
  });
  long sum = 0;
  for (int r : results) sum += r;
  std::printf("%ld\n", sum);
}
