// Tasks in goroutines. One of them throws: nobody can catch that where the tasks were started, and the exception ends the
// program.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <stdexcept>

void process(int task) {
  if (task == 2) throw std::runtime_error("task 2 has no data");  // expect: unhandled-panic
  std::printf("task %d is done\n", task);
}

int main() {
  auto done = gosan::make_chan<void>();
  for (int task = 0; task < 4; ++task) {
    gosan::go([task, done] {
      process(task);  // expect: gosan-lost-exception
      done.send();
    });
  }
  for (int task = 0; task < 4; ++task) done.recv();
}
