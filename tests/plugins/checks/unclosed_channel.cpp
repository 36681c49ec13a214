// fix-its: 6
#include <gosan/gosan.hpp>

#include <utility>
#include <vector>

void use(int);
bool failed();

// ---- What it flags ----

void nobody_closes() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    for (int i = 0; i < 3; ++i) numbers.send(i);
  });
  for (int n : numbers) use(n);  // expect: gosan-unclosed-channel
}

void nobody_closes_while() {
  auto numbers = gosan::make_chan<int>(1);
  for (int i = 0; i < 3; ++i) gosan::go([numbers, i] { numbers.send(i); });
  while (auto n = numbers.recv()) use(*n);  // expect: gosan-unclosed-channel
}

void workers_are_left() {
  auto jobs = gosan::make_chan<int>();
  gosan::wait_group workers;
  workers.go([jobs] {
    for (int job : jobs) use(job);  // expect: gosan-unclosed-channel
  });
  jobs.send(1);
  workers.wait();
}

void sender_returns_early() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    if (failed()) return;  // expect: gosan-unclosed-channel
    numbers.send(1);
    numbers.close();  // note: other paths close it here
  });
  for (int n : numbers) use(n);  // note: received from until closed here
}

void fill(gosan::send_chan<int> to) {
  to.send(1);
  if (failed()) return;  // expect: gosan-unclosed-channel
  to.close();
}
void sender_is_a_function() {
  auto numbers = gosan::make_chan<int>();
  gosan::go(fill, numbers);
  for (int n : numbers) use(n);
}

void spawner_returns_early() {
  auto jobs = gosan::make_chan<int>();
  gosan::go([jobs] {
    for (int job : jobs) use(job);
  });
  if (failed()) return;  // expect: gosan-unclosed-channel
  jobs.send(1);
  jobs.close();
}

void print_all(const gosan::chan<int>& numbers) {
  for (int n : numbers) use(n);  // expect: gosan-unclosed-channel
}
void received_by_a_helper() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  print_all(numbers);
}

void print_more(gosan::chan<int> numbers) {
  for (int n : numbers) use(n + 1);  // note: received from until closed here
}
void received_by_a_helper_of_a_goroutine(bool bad) {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { print_more(numbers); });
  if (bad) return;  // expect: gosan-unclosed-channel
  numbers.send(1);
  numbers.close();
}

// ---- Near misses ----

void closed_by_the_sender() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    for (int i = 0; i < 3; ++i) numbers.send(i);
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void closed_by_a_guard() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    gosan::defer close{[&] { numbers.close(); }};
    if (failed()) return;
    numbers.send(1);
  });
  for (int n : numbers) use(n);
}

void closed_by_a_closer() {
  auto numbers = gosan::make_chan<int>();
  gosan::wait_group senders;
  for (int i = 0; i < 3; ++i) senders.go([numbers, i] { numbers.send(i); });
  gosan::go([&senders, numbers] {
    senders.wait();
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void send_all(gosan::send_chan<int> to) {
  to.send(1);
  to.close();
}
void closed_by_a_helper() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { send_all(numbers); });
  for (int n : numbers) use(n);
}

gosan::recv_chan<int> generator() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  return numbers;
}

void send_elsewhere(gosan::send_chan<int> to);
void closed_elsewhere() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { send_elsewhere(numbers); });
  for (int n : numbers) use(n);
}

struct hub {
  std::vector<gosan::chan<int>> all;
  void kept() {
    auto numbers = gosan::make_chan<int>();
    all.push_back(numbers);
    for (int n : numbers) use(n);
  }
};

void leaves_by_break() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  for (int n : numbers) {
    if (n == 1) break;
  }
}

void receives_a_known_number() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  use(*numbers.recv());
}

void fails_before_anybody_receives() {
  auto jobs = gosan::make_chan<int>();
  if (failed()) return;
  gosan::go([jobs] {
    for (int job : jobs) use(job);
  });
  jobs.close();
}

void closed_by_the_last() {
  auto numbers = gosan::make_chan<int>();
  std::atomic<int> running = 2;
  for (int i = 0; i < 2; ++i)
    gosan::go([numbers, &running] {
      numbers.send(1);
      if (--running == 0) numbers.close();
    });
  for (int n : numbers) use(n);
}

void drain(const gosan::chan<int>& numbers) {
  for (int n : numbers) use(n);
}
void drain_first(const gosan::chan<int>& numbers) {
  for (int n : numbers) {
    use(n);
    break;
  }
}
void closed_and_received_by_helpers() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    numbers.send(1);
    numbers.close();
  });
  drain(numbers);
}
void a_helper_that_takes_one() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  drain_first(numbers);
}
void another_channel_is_drained() {
  auto numbers = gosan::make_chan<int>();
  auto others = gosan::make_chan<int>();
  gosan::go([numbers, others] {
    numbers.send(1);
    others.close();
  });
  use(*numbers.recv());
  drain(others);
}

// ---- Members ----

class logger {
 public:
  logger() {
    group_.go([this] {
      for (int line : lines_) use(line);  // expect: gosan-unclosed-channel
    });
  }
  void log(int line) { lines_.send(line); }
  ~logger() { group_.wait(); }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);  // note: 'lines_' is a member of a class that only this file knows
  gosan::wait_group group_;
};

class closing_logger {
 public:
  closing_logger() {
    group_.go([this] {
      for (int line : lines_) use(line);
    });
  }
  void log(int line) { lines_.send(line); }
  ~closing_logger() {
    lines_.close();
    group_.wait();
  }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
  gosan::wait_group group_;
};

class lasting_logger {
 public:
  static lasting_logger& get() {
    static lasting_logger one;
    return one;
  }
  void log(int line) { lines_.send(line); }

 private:
  lasting_logger() {
    gosan::go([this] {
      for (int line : lines_) use(line);
    });
  }
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
};

class background_logger {
 public:
  background_logger() {
    gosan::go_daemon("lines", [this] { run(); });
  }
  void log(int line) { lines_.send(line); }

 private:
  void run() {
    for (int line : lines_) use(line);
  }
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
};

class ended_by_a_value {
 public:
  ended_by_a_value() {
    gosan::go([this] {
      for (int line : lines_) {
        if (line < 0) break;
        use(line);
      }
    });
  }
  void stop() { lines_.send(-1); }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
};

struct closed_by_its_user {
  gosan::chan<int> lines = gosan::make_chan<int>(10);
  void run() {
    for (int line : lines) use(line);
  }
};
void closes_it() {
  closed_by_its_user c;
  gosan::wait_group group;
  group.go([&c] { c.run(); });
  c.lines.send(1);
  c.lines.close();
  group.wait();
}

// A guard that is made from a copy of the channel.
template <class T>
class closer {
 public:
  explicit closer(gosan::chan<T> c) : c_(std::move(c)) {}
  ~closer() { c_.close(); }

 private:
  gosan::chan<T> c_;
};
void closed_by_a_guard_with_a_copy() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    closer<int> end(numbers);
    if (failed()) return;
    numbers.send(1);
  });
  for (int n : numbers) use(n);
}

// ---- Members, by copies of their handles ----

class copying_logger {
 public:
  copying_logger() {
    group_.go([lines = lines_] {
      for (int line : lines) use(line);  // expect: gosan-unclosed-channel
    });
  }
  void log(int line) { lines_.send(line); }
  ~copying_logger() { group_.wait(); }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
  gosan::wait_group group_;
};

class copying_and_closing_logger {
 public:
  copying_and_closing_logger() {
    auto lines = lines_;
    group_.go([lines] {
      for (int line : lines) use(line);
    });
  }
  void log(int line) { lines_.send(line); }
  ~copying_and_closing_logger() {
    auto lines = lines_;
    lines.close();
    group_.wait();
  }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
  gosan::wait_group group_;
};

void close_later(gosan::chan<int> c);
class handing_logger {
 public:
  handing_logger() {
    group_.go([lines = lines_] {
      for (int line : lines) use(line);
    });
  }
  ~handing_logger() {
    auto lines = lines_;
    close_later(lines);
    group_.wait();
  }

 private:
  gosan::chan<int> lines_ = gosan::make_chan<int>(10);
  gosan::wait_group group_;
};
