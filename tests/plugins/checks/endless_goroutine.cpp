#include <gosan/gosan.hpp>

#include <cstdlib>
#include <thread>

void use(int);
bool failed();

// ---- What it flags ----

void sends_for_ever(gosan::chan<int> to) {
  gosan::go([to] {
    for (int i = 0;; ++i) to.send(i);  // expect: gosan-endless-goroutine
  });
}

void receives_for_ever(gosan::chan<int> from) {
  gosan::go([from] {  // note: the goroutine starts here
    while (true) use(*from.recv());  // expect: gosan-endless-goroutine
  });
}

void poll() {
  for (;;) {  // expect: gosan-endless-goroutine
    gosan::sleep_for(std::chrono::seconds(1));
  }
}
void a_function() { gosan::go(poll); }

void break_of_an_inner_loop() {
  gosan::go([] {
    do {  // expect: gosan-endless-goroutine
      for (int i = 0; i < 3; ++i)
        if (failed()) break;
    } while (true);
  });
}

void tries_again() {
  gosan::go([] {
    for (;;) {  // expect: gosan-endless-goroutine
      try {
        use(1);
      } catch (int) {
        use(2);
      }
    }
  });
}

void loops_when_it_has_caught() {
  gosan::go([] {
    try {
      use(1);
    } catch (int) {
      for (;;) use(2);  // expect: gosan-endless-goroutine
    }
  });
}

// ---- Near misses ----

int take_or_throw();
void left_by_an_exception() {
  gosan::go([] {
    try {
      for (;;) use(take_or_throw());
    } catch (int) {
      use(0);
    }
  });
}

void take_all() {
  for (;;) use(take_or_throw());
}
void left_by_an_exception_of_a_function() {
  gosan::go([] {
    try {
      take_all();
    } catch (int) {
      use(0);
    }
  });
}

void leaves_at_the_end_of_the_channel(gosan::chan<int> from) {
  gosan::go([from] {
    for (;;) {
      auto n = from.recv();
      if (!n) break;
      use(*n);
    }
  });
}

void looks_at_its_context(gosan::context ctx) {
  gosan::go([ctx] {
    while (!ctx.err()) use(1);
  });
}

void ranges(gosan::chan<int> from) {
  gosan::go([from] {
    for (int n : from) use(n);
  });
}

void returns() {
  gosan::go([] {
    for (;;)
      if (failed()) return;
  });
}

void ends_the_program() {
  gosan::go([] {
    for (;;)
      if (failed()) std::abort();
  });
}

void meant_to_live_on() {
  gosan::go_daemon("ticks", [] {
    for (;;) use(1);
  });
}

void a_thread_is_no_goroutine() {
  std::thread([] {
    for (;;) use(1);
  }).detach();
}
