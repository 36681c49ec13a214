// fix-its: 4
#include <gosan/gosan.hpp>

void use(std::optional<int>);
bool running();

// ---- What it flags ----

void polls(gosan::recv_chan<int> jobs) {
  while (running()) {  // note: the loop does nothing else
    gosan::select(gosan::recv_case(jobs, use), gosan::default_case());  // expect: gosan-spinning-select
  }
}

void polls_with_an_empty_handler(gosan::recv_chan<int> jobs) {
  for (;;) gosan::select(gosan::recv_case(jobs, use), gosan::default_case([] {}));  // expect: gosan-spinning-select
}

void polls_until_it_comes(gosan::recv_chan<int> jobs) {
  for (;;) {
    if (gosan::select(gosan::recv_case(jobs, use), gosan::default_case()) == 0) return;  // expect: gosan-spinning-select
  }
}

void polls_in_the_condition(gosan::recv_chan<void> stop) {
  while (gosan::select(gosan::recv_case(stop), gosan::default_case()) != 0) {  // expect: gosan-spinning-select
  }
}

// ---- Near misses ----

void waits(gosan::recv_chan<int> jobs) {
  while (running()) gosan::select(gosan::recv_case(jobs, use));
}

void does_something_else(gosan::recv_chan<int> jobs) {
  while (running()) {
    gosan::select(gosan::recv_case(jobs, use), gosan::default_case());
    gosan::sleep_for(std::chrono::milliseconds(1));
  }
}

void has_other_work(gosan::recv_chan<int> jobs) {
  while (running()) gosan::select(gosan::recv_case(jobs, use), gosan::default_case([] { use(1); }));
}

void once(gosan::recv_chan<int> jobs) { gosan::select(gosan::recv_case(jobs, use), gosan::default_case()); }

void does_something_in_each_turn(gosan::recv_chan<void> stop) {
  while (gosan::select(gosan::recv_case(stop), gosan::default_case()) != 0) use(1);
}

void leaves_by_the_default(gosan::recv_chan<int> jobs) {
  for (;;) {
    if (gosan::select(gosan::recv_case(jobs, use), gosan::default_case()) == 1) return;
  }
}

void goes_on_while_there_are_any(gosan::recv_chan<int> jobs) {
  while (gosan::select(gosan::recv_case(jobs, use), gosan::default_case()) == 0) {
  }
}

void has_an_else(gosan::recv_chan<int> jobs) {
  for (;;) {
    if (gosan::select(gosan::recv_case(jobs, use), gosan::default_case()) == 0) return;
    else use(2);
  }
}
