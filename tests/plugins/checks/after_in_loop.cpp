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

void goes_on_by_a_flag(gosan::recv_chan<int> results) {
  for (bool over = false; !over;)
    gosan::select(gosan::recv_case(results, [](std::optional<int>) {}),
                  gosan::recv_case(gosan::after(1s), [&over] { over = true; }));  // expect: gosan-after-in-loop
}

void one_of_three_goes_on(gosan::recv_chan<int> results, gosan::recv_chan<void> stop) {
  for (;;) {
    switch (gosan::select(gosan::recv_case(stop), gosan::recv_case(results), gosan::recv_case(gosan::after(1s)))) {  // expect: gosan-after-in-loop
      case 0: return;
      case 1: break;
      case 2: return;
    }
  }
}

void in_a_variable(gosan::recv_chan<int> results) {
  for (;;) {
    auto timeout = gosan::after(1s);  // expect: gosan-after-in-loop
    int which = gosan::select(gosan::recv_case(results), gosan::recv_case(timeout));
    if (which == 1) break;
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

// The loop goes on only when the timer has won: none is left behind.
void tick();

void pause_that_can_be_ended(gosan::recv_chan<void> stop) {
  while (gosan::select(gosan::recv_case(stop), gosan::recv_case(gosan::after(1s))) == 1) tick();
}

void pause_in_a_switch(gosan::recv_chan<void> stop) {
  for (;;) {
    switch (gosan::select(gosan::recv_case(gosan::after(1s)), gosan::recv_case(stop))) {
      case 0: tick(); break;
      default: return;
    }
  }
}

void pause_with_handlers(gosan::recv_chan<void> stop) {
  for (bool stopped = false; !stopped;)
    gosan::select(gosan::recv_case(stop, [&stopped] { stopped = true; }), gosan::recv_case(gosan::after(1s), [] { tick(); }));
}

void ever_longer(gosan::recv_chan<int> results) {
  auto pause = 50ms;
  for (;;) {
    gosan::select(gosan::recv_case(results), gosan::recv_case(gosan::after(pause)));
    pause *= 2;
  }
}

void pause_in_a_switch_that_names_all(gosan::recv_chan<void> stop) {
  for (;;) {
    switch (gosan::select(gosan::recv_case(gosan::after(1s)), gosan::recv_case(stop))) {
      case 0: tick(); break;
      case 1: return;
    }
  }
}

// The inner loop as a whole has one limit.
void limit_of_an_inner_loop(gosan::recv_chan<int> results) {
  for (int i = 0; i < 3; ++i) {
    auto timeout = gosan::after(1s);
    for (;;) {
      int which = gosan::select(gosan::recv_case(results), gosan::recv_case(timeout));
      if (which == 1) break;
    }
  }
}

void pause_in_a_variable(gosan::recv_chan<void> stop) {
  for (;;) {
    auto pause = gosan::after(1s);
    if (gosan::select(gosan::recv_case(stop), gosan::recv_case(pause)) == 0) return;
    tick();
  }
}
