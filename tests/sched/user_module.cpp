// A module that a program loads: it has no runtime of its own and uses the program's.
#include <gosan/gosan.hpp>

extern "C" void start_sending(const gosan::chan<int>& to) {
  gosan::go([to] {
    gosan::wait_group halves;
    for (int first : {0, 50})
      halves.go([to, first] {
        for (int i = first; i < first + 50; ++i) to.send(i);
      });
    halves.wait();
    to.close();
  });
}
