// fix-its: 2
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
