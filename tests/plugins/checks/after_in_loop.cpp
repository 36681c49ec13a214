#include <gosan/gosan.hpp>

using namespace std::chrono_literals;

// ---- What it flags ----

void time_limit_starts_anew(gosan::recv_chan<int> results) {
  for (;;) {  // note: the loop
    if (gosan::select(gosan::recv_case(results), gosan::recv_case(gosan::after(1s))) == 1) break;  // expect: gosan-after-in-loop
  }
}

void in_a_condition(gosan::recv_chan<int> results) {
  while (gosan::select(gosan::recv_case(results), gosan::recv_case(gosan::after(1s))) == 0) {  // expect: gosan-after-in-loop
  }
}

// ---- Near misses ----

void made_before_the_loop(gosan::recv_chan<int> results) {
  auto timeout = gosan::after(1s);
  while (gosan::select(gosan::recv_case(results), gosan::recv_case(timeout)) == 0) {
  }
}

void no_loop(gosan::recv_chan<int> results) {
  gosan::select(gosan::recv_case(results), gosan::recv_case(gosan::after(1s)));
}

void pause_between_turns() {
  for (int i = 0; i < 3; ++i) gosan::after(1s).recv();
}
