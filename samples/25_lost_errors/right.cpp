// Tasks in goroutines of an errgroup: wait() returns when all have ended, and throws what the first one threw.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <stdexcept>

void process(int task) {
  if (task == 2) throw std::runtime_error("task 2 has no data");
  std::printf("task %d is done\n", task);
}

int main() {
  gosan::errgroup tasks;
  for (int task = 0; task < 4; ++task) tasks.go([task] { process(task); });
  try {
    tasks.wait();
  } catch (const std::runtime_error& e) {
    std::printf("failed: %s\n", e.what());
    return 0;
  }
  return 1;
}
