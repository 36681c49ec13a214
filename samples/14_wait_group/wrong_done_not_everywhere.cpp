// The worker that has nothing to do returns early, past the line that would have said so.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group workers;
  for (int id = 0; id < 3; ++id) {
    workers.add(1);
    gosan::go([id, &workers] {
      if (id == 0) return;  // expect: gosan-missing-done
      std::printf("worker %d at work\n", id);
      workers.done();
    });
  }
  workers.wait();  // expect: deadlock
}
