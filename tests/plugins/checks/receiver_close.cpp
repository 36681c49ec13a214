#include <gosan/gosan.hpp>

#include <thread>
#include <vector>

void use(int);
bool failed();

// ---- What it flags ----

void receiver_has_enough() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    use(*numbers.recv());
    numbers.close();  // expect: gosan-receiver-close
  });
  numbers.send(1);
  numbers.send(2);  // note: the close can hit
}

void spawner_has_enough() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    for (int i = 0;; ++i) numbers.send(i);
  });
  use(*numbers.recv());
  numbers.close();  // expect: gosan-receiver-close
}

void every_sender_closes() {
  auto numbers = gosan::make_chan<int>();
  for (int i = 0; i < 3; ++i)
    gosan::go([numbers, i] {
      numbers.send(i);
      numbers.close();  // expect: gosan-receiver-close
    });
  for (int n : numbers) use(n);
}

void one_of_two_senders_closes() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { numbers.send(1); });
  gosan::go([numbers] {
    numbers.send(2);
    numbers.close();  // expect: gosan-receiver-close
  });
  for (int n : numbers) use(n);
}

class feeds {
 public:
  void publish(int message) {
    for (const auto& to : all_) gosan::go([to, message] { to.send(message); });  // note: may be sending
  }
  void unsubscribe(const gosan::chan<int>& from) {
    gosan::go([from] {
      gosan::sleep_for(std::chrono::milliseconds(500));
      from.close();  // expect: gosan-receiver-close
    });
  }

 private:
  std::vector<gosan::chan<int>> all_;
};

void finish(const gosan::chan<int>& c) {
  c.close();  // expect: gosan-receiver-close
}
void receiver_closes_by_a_helper() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    use(*numbers.recv());
    finish(numbers);
  });
  numbers.send(1);
  numbers.send(2);
}

void take_one(const gosan::chan<int>& c) {
  use(*c.recv());
  c.close();  // expect: gosan-receiver-close
}
void feed(const gosan::chan<int>& c) {
  c.send(1);
  c.send(2);  // note: the close can hit
}
void both_in_helpers() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { take_one(numbers); });
  feed(numbers);
}

// ---- Near misses ----

void sender_closes() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    numbers.send(1);
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void closer_waits_for_the_senders() {
  auto numbers = gosan::make_chan<int>();
  gosan::wait_group senders;
  for (int i = 0; i < 3; ++i) senders.go([numbers, i] { numbers.send(i); });
  gosan::go([&senders, numbers] {
    senders.wait();
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void spawner_waits_for_the_senders() {
  auto numbers = gosan::make_chan<int>(3);
  gosan::wait_group senders;
  for (int i = 0; i < 3; ++i) senders.go([numbers, i] { numbers.send(i); });
  senders.wait();
  numbers.close();
  for (int n : numbers) use(n);
}

void last_sender_closes() {
  auto numbers = gosan::make_chan<int>();
  std::atomic<int> running = 2;
  for (int i = 0; i < 2; ++i)
    gosan::go([numbers, &running] {
      numbers.send(1);
      if (--running == 0) numbers.close();
    });
  for (int n : numbers) use(n);
}

void stop_signal() {
  auto stop = gosan::make_chan<void>();
  gosan::go([stop] { stop.recv(); });
  stop.close();
}

void spawner_sends_and_closes() {
  auto jobs = gosan::make_chan<int>();
  gosan::go([jobs] {
    for (int job : jobs) use(job);
  });
  jobs.send(1);
  jobs.close();
}

class owner {
 public:
  void send_later(int n) {
    for (const auto& to : all_) senders_.go([to, n] { to.send(n); });
  }
  void stop() {
    gosan::go([this] {
      senders_.wait();
      for (const auto& c : all_) c.close();
    });
  }

 private:
  gosan::wait_group senders_;
  std::vector<gosan::chan<int>> all_;
};

void spawner_has_sent_before() {
  auto numbers = gosan::make_chan<int>(3);
  for (int i = 0; i < 3; ++i) numbers.send(i);
  gosan::go([numbers] {
    numbers.send(3);
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void end(const gosan::chan<int>& c) { c.close(); }
void print_all(const gosan::chan<int>& c) {
  for (int n : c) use(n);
}
void send_two(const gosan::chan<int>& c) {
  c.send(1);
  c.send(2);
  end(c);
}
void helpers_of_the_sender() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] { send_two(numbers); });
  print_all(numbers);
}

void wait_and_end(gosan::wait_group& senders, const gosan::chan<int>& c) {
  senders.wait();
  end(c);
}
void closed_by_a_helper_that_waits() {
  auto numbers = gosan::make_chan<int>();
  gosan::wait_group senders;
  for (int i = 0; i < 3; ++i) senders.go([numbers, i] { numbers.send(i); });
  gosan::go([&senders, numbers] { wait_and_end(senders, numbers); });
  print_all(numbers);
}

void end_if(const gosan::chan<int>& c, bool last) {
  if (last) c.close();
}
void the_last_sender_closes_by_a_helper() {
  auto numbers = gosan::make_chan<int>();
  std::atomic<int> running = 2;
  for (int i = 0; i < 2; ++i)
    gosan::go([numbers, &running] {
      numbers.send(1);
      end_if(numbers, --running == 0);
    });
  print_all(numbers);
}

void a_deferred_close_of_the_sender() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    gosan::defer close{[&] { numbers.close(); }};
    numbers.send(1);
  });
  print_all(numbers);
}

void a_channel_for_each_turn() {
  for (int i = 0; i < 3; ++i) {
    auto numbers = gosan::make_chan<int>();
    gosan::go([numbers] {
      numbers.send(1);
      numbers.close();
    });
    print_all(numbers);
  }
}
