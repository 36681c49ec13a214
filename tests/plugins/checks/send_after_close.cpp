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

class feed {
 public:
  void finish() {
    out_.close();
    out_.send(0);  // expect: gosan-send-after-close
  }
  void stop() { out_.close(); }
  void publish(int n) { out_.send(n); }

 private:
  gosan::chan<int> out_ = gosan::make_chan<int>();
};

void published_after_the_end(feed& f) {
  f.stop();
  f.publish(1);  // expect: gosan-send-after-close
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

class buffered {
 public:
  void stop() {
    out_.send(0);
    out_.close();
  }
  void restart() {
    out_.close();
    out_ = gosan::make_chan<int>();
    out_.send(1);
  }
  void pass() {
    in_.close();
    out_.send(1);
  }

 private:
  gosan::chan<int> in_ = gosan::make_chan<int>(), out_ = gosan::make_chan<int>();
};

void closed_or_sent(gosan::chan<int> c, bool last) {
  if (last) c.close();
  if (!last) c.send(1);
}

// ---- Cases of a select ----

void as_a_case(gosan::chan<int> c) {
  c.close();
  gosan::select(gosan::send_case(c, 1), gosan::default_case());  // expect: gosan-send-after-close
}
void as_one_of_two_cases(gosan::chan<int> c, gosan::chan<int> other) {
  c.close();
  gosan::select(gosan::recv_case(other), gosan::send_case(c, 1));  // expect: gosan-send-after-close
}
void case_of_another_channel(gosan::chan<int> c, gosan::chan<int> other) {
  c.close();
  gosan::select(gosan::recv_case(c), gosan::send_case(other, 1));
}
void case_that_is_switched_off(gosan::chan<int> c, gosan::chan<int> other) {
  c.close();
  c = {};
  gosan::select(gosan::recv_case(other), gosan::send_case(c, 1));
}
