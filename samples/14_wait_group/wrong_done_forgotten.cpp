// Nobody says that the work is done: main waits for ever.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group workers;
  for (int id = 0; id < 3; ++id) {
    workers.add(1);
    gosan::go([id] { std::printf("worker %d at work\n", id); });  // expect: gosan-missing-done
  }
  workers.wait();  // expect: deadlock
}
