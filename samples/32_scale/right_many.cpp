// As many goroutines at once as you like, all of them waiting. Half a million fit in a gigabyte:
//   build/bin/samples/32_scale_right_many 500000
#include <gosan/gosan.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

// Resident memory of this process.
long memory_kb() {
  long pages = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return pages * 4;
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 10000;
  auto open = gosan::make_chan<void>();
  gosan::wait_group started, ended;
  started.add(count);
  long before = memory_kb();
  for (int i = 0; i < count; ++i) {
    ended.go([&started, open] {
      started.done();
      open.recv();
    });
  }
  started.wait();
  std::printf("%d goroutines, %ld kB, %.1f kB each\n", count, memory_kb(),
              double(memory_kb() - before) / count);
  open.close();
  ended.wait();
}
