// fix-its: 1
#include <gosan/gosan.hpp>

using namespace std::chrono_literals;

bool failed();

// ---- What it flags ----

void never() {
  gosan::ticker every{1s};  // expect: gosan-ticker-not-stopped
  every.chan().recv();
}

void returns_early() {
  gosan::ticker every{1s};  // expect: gosan-ticker-not-stopped
  if (failed()) return;     // note: this path leaves
  every.stop();
}

// ---- Near misses ----

void by_a_guard() {
  gosan::ticker every{1s};
  gosan::defer stop{[&] { every.stop(); }};
  if (failed()) return;
}

void on_every_path() {
  gosan::ticker every{1s};
  if (failed()) {
    every.stop();
    return;
  }
  every.stop();
}

void stop_it(gosan::ticker& t) { t.stop(); }
void by_a_helper() {
  gosan::ticker every{1s};
  stop_it(every);
}

gosan::ticker made_for_somebody() {
  gosan::ticker every{1s};
  return every;
}

void ticks_for_ever() {
  gosan::ticker every{1s};
  for (;;) every.chan().recv();
}
