// Counted up before the goroutine starts, down by whatever way it ends. wait_group::go(f) does both.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group workers;
  for (int id = 0; id < 3; ++id) {
    workers.add(1);
    gosan::go([id, &workers] {
      gosan::defer done{[&workers] { workers.done(); }};
      if (id == 0) return;
      std::printf("worker %d at work\n", id);
    });
  }
  workers.wait();
}
