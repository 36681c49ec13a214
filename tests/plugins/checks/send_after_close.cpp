#include <gosan/gosan.hpp>

bool failed();

// ---- What it flags ----

void directly(gosan::chan<int> c) {
  c.close();  // note: closed here
  c.send(1);  // expect: gosan-send-after-close
}

void on_one_path(gosan::chan<int> c) {
  if (failed()) c.close();
  c.try_send(1);  // expect: gosan-send-after-close
}

// ---- Near misses ----

void before(gosan::chan<int> c) {
  c.send(1);
  c.close();
}

void leaves_after_the_close(gosan::chan<int> c) {
  if (failed()) {
    c.close();
    return;
  }
  c.send(1);
}

void closed_at_the_end_of_the_scope(gosan::chan<int> c) {
  gosan::defer close{[&] { c.close(); }};
  c.send(1);
}

void receive_is_fine(gosan::chan<int> c) {
  c.close();
  c.recv();
}
