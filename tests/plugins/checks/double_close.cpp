#include <gosan/gosan.hpp>

bool failed();

// ---- What it flags ----

void on_one_path(gosan::chan<int> c) {
  if (failed()) c.close();  // note: closed first here
  c.close();  // expect: gosan-double-close
}

void in_a_loop(gosan::chan<int> c) {
  for (int i = 0; i < 2; ++i) c.close();  // expect: gosan-double-close
}

void finish(const gosan::chan<int>& c) { c.close(); }
void by_a_helper() {
  auto c = gosan::make_chan<int>();
  finish(c);
  c.close();  // expect: gosan-double-close
}

void early_and_at_the_end(gosan::chan<int> c, bool early) {
  gosan::defer end{[c] { c.close(); }};  // expect: gosan-double-close
  if (early) finish(c);
}

// ---- Near misses ----

void in_two_branches(gosan::chan<int> c) {
  if (failed()) {
    c.close();
    return;
  }
  c.close();
}

void another_channel(gosan::chan<int> a, gosan::chan<int> b) {
  a.close();
  b.close();
}

void made_anew_in_every_turn() {
  for (int i = 0; i < 2; ++i) {
    auto c = gosan::make_chan<int>();
    c.close();
  }
}

void assigned_anew(gosan::chan<int> c) {
  c.close();
  c = gosan::make_chan<int>();
  c.close();
}

void early_or_at_the_end(gosan::chan<int> c, bool early) {
  bool closed = false;
  gosan::defer end{[&] {
    if (!closed) c.close();
  }};
  if (early) {
    finish(c);
    closed = true;
  }
}
