// Each worker counts itself in. The wait does not know of a worker that has not got that far: it returns too early.
#include <gosan/gosan.hpp>

#include <cstdio>

gosan::wait_group workers;

int main() {
  for (int id = 0; id < 3; ++id) {
    gosan::go([id] {
      workers.add(1);  // expect: gosan-add-in-goroutine, wait-group-misuse
      std::printf("worker %d at work\n", id);
      workers.done();
    });
  }
  workers.wait();  // expect: wait-group-misuse
}
