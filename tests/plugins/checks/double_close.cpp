#include <gosan/gosan.hpp>

#include <atomic>
#include <vector>

bool failed();
void finish_nothing();

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

class connection {
 public:
  void close_twice() {
    if (failed()) out_.close();
    out_.close();  // expect: gosan-double-close
  }
  void stop() { out_.close(); }
  void stop_and_close() {
    stop();
    out_.close();  // expect: gosan-double-close
  }

 private:
  gosan::chan<int> out_ = gosan::make_chan<int>();
};

void stopped_twice(connection& c) {
  c.stop();
  c.stop();  // expect: gosan-double-close
}

class owner {
 public:
  ~owner() { out_.close(); }
  void stop() { out_.close(); }

 private:
  gosan::chan<int> out_ = gosan::make_chan<int>();
};

void stopped_before_its_end() {
  owner o;  // expect: gosan-double-close
  o.stop();
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

// One condition, or what it has left behind, decides about both.
void one_or_the_other(gosan::chan<int> c, bool early) {
  if (early) c.close();
  finish_nothing();
  if (!early) c.close();
}

void told_by_a_flag(gosan::chan<int> c) {
  bool closed = false;
  if (failed()) {
    c.close();
    closed = true;
  }
  if (closed) return;
  c.close();
}

void left_by_the_same(gosan::chan<int> c, int n) {
  if (n == 0) c.close();
  if (n == 0) return;
  c.close();
}

class reconnecting {
 public:
  void reset() {
    out_.close();
    out_ = gosan::make_chan<int>();
    out_.close();
  }
  void stop() {
    if (!stopped_) out_.close();
    stopped_ = true;
  }
  void stop_again() {
    stop();
    stop();
  }

 private:
  gosan::chan<int> out_ = gosan::make_chan<int>();
  bool stopped_ = false;
};

class channel_pair {
 public:
  void replace();
  void stop() { out_.close(); }
  void stop_both() {
    out_.close();
    replace();  // may make another channel
    out_.close();
  }
  gosan::chan<int> in_ = gosan::make_chan<int>(), out_ = gosan::make_chan<int>();
};

void two_objects(channel_pair& a, channel_pair& b) {
  a.stop();
  b.stop();
  a.in_.close();
}

void each_of_many(const std::vector<channel_pair*>& all) {
  for (channel_pair* l : all) l->out_.close();
}

void one_in_each_turn() {
  for (int i = 0; i < 2; ++i) {
    channel_pair l;
    l.stop();
  }
}

// ---- Goroutines of a loop ----

void all_close() {
  auto done = gosan::make_chan<void>();
  for (int i = 0; i < 3; ++i)
    gosan::go([done] {  // note: the goroutines start here, in a loop
      done.close();     // expect: gosan-double-close
    });
}
void each_closes_its_own() {
  std::vector<gosan::chan<void>> all;
  for (int i = 0; i < 3; ++i) {
    auto done = gosan::make_chan<void>();
    all.push_back(done);
    gosan::go([done] { done.close(); });
  }
  for (auto& c : all) c.recv();
}
void once_closes() {
  auto done = gosan::make_chan<void>();
  gosan::once first;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&first, done] { first.call([&] { done.close(); }); });
  group.wait();
}
void only_the_last_closes() {
  auto done = gosan::make_chan<void>();
  std::atomic<int> left{3};
  for (int i = 0; i < 3; ++i)
    gosan::go([&left, done] {
      if (--left == 0) done.close();
    });
  done.recv();
}
void a_loop_of_one_turn() {
  auto done = gosan::make_chan<void>();
  for (int i = 0; i < 1; ++i) gosan::go([done] { done.close(); });
  done.recv();
}
void only_one_of_them(int n) {
  auto done = gosan::make_chan<void>();
  for (int i = 0; i < 3; ++i) {
    if (i == n) gosan::go([done] { done.close(); });
    else gosan::go([done] { done.recv(); });
  }
}
void the_first_turn_ends_it() {
  auto done = gosan::make_chan<void>();
  while (true) {
    gosan::go([done] { done.close(); });
    break;
  }
  done.recv();
}
