#include <gosan/gosan.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

void use(int);
bool failed();

// ---- What it flags: the partner needs the lock ----

void sends_while_it_holds() {
  gosan::mutex m;
  auto c = gosan::make_chan<int>();
  gosan::wait_group all;
  all.go([&] {
    std::lock_guard hold(m);  // note: 'm' is locked here
    c.send(1);                // expect: gosan-lock-across-block
  });
  all.go([&] {
    std::lock_guard hold(m);  // note: the other locks it here
    use(*c.recv());           // expect: gosan-lock-across-block
  });
  all.wait();
}

class queue {
 public:
  void add(int n) {
    std::lock_guard hold(mutex_);
    put(n);
  }
  void serve() {
    for (;;) {
      std::unique_lock hold(mutex_);
      if (failed()) return;
      hold.unlock();
      use(*items_.recv());  // note: before it receives from 'items_' here
    }
  }

 private:
  void put(int n) { items_.send(n); }  // expect: gosan-lock-across-block

  gosan::mutex mutex_;
  gosan::chan<int> items_ = gosan::make_chan<int>();
};

void waits_for_workers_that_need_the_lock() {
  gosan::mutex m;
  gosan::wait_group workers;
  int sum = 0;
  for (int i = 0; i < 3; ++i)
    workers.go([&] {
      std::lock_guard hold(m);
      ++sum;
    });
  std::lock_guard hold(m);
  workers.wait();  // expect: gosan-lock-across-block
  use(sum);
}

void joins_a_thread_that_needs_the_lock() {
  std::mutex m;
  std::thread t([&] { std::lock_guard hold(m); });
  std::lock_guard hold(m);
  t.join();  // expect: gosan-lock-across-block
}

// ---- What it flags: OS locks ----

void os_lock_over_a_send(std::mutex& m, gosan::chan<int> c) {
  std::lock_guard hold(m);  // note: locked here
  c.send(1);                // expect: gosan-lock-across-block
}

void sleep_a_little() {
  gosan::sleep_for(1ms);  // expect: gosan-lock-across-block
}

void os_lock_over_a_sleep(std::mutex& m) {
  std::lock_guard hold(m);
  sleep_a_little();
}

void os_lock_over_a_lock(std::mutex& m, gosan::mutex& inner) {
  std::lock_guard hold(m);
  std::lock_guard too(inner);  // expect: gosan-lock-across-block
}

struct mailbox_of_mine {
  [[clang::annotate("gosan::recv parks")]] int take();
  [[clang::annotate("gosan::try_recv")]] bool look(int& out);
};

void os_lock_over_an_annotated_wait(std::mutex& m, mailbox_of_mine& box) {
  std::lock_guard hold(m);
  use(box.take());  // expect: gosan-lock-across-block
}

struct dormant {
  gosan::mutex m;
  int streams = 0;
  gosan::chan<void> awake;
};
void sleep_with_the_lock(dormant& d) {
  std::lock_guard hold(d.m);
  d.awake.recv();  // expect: gosan-lock-across-block
}
void wake_up(dormant& d) {
  std::lock_guard hold(d.m);
  if (++d.streams == 1) d.awake.send();
}
void two_of_one_object() {
  auto d = std::make_shared<dormant>();
  d->awake = gosan::make_chan<void>();
  gosan::go([d] { sleep_with_the_lock(*d); });
  gosan::go([d] { wake_up(*d); });
}
// Another object: its sender, which needs no lock, wakes nobody of the first.
void another_object() {
  auto d = std::make_shared<dormant>();
  d->awake = gosan::make_chan<void>();
  gosan::go([d] { d->awake.send(); });
  d->awake.recv();
}

struct served {
  gosan::mutex m;
  gosan::chan<void> done = gosan::make_chan<void>();
  void serve() {
    { std::lock_guard hold(m); }
    done.close();
  }
  void look() const {}
  void stop() {
    std::lock_guard hold(m);
    done.recv();  // expect: gosan-lock-across-block
  }
};
// The pointer is looked through between the starts: nobody has waited by that.
void by_a_shared_pointer() {
  auto s = std::make_shared<served>();
  gosan::go([s] { s->serve(); });
  s->look();
  gosan::go([s] { s->stop(); });
}

// ---- Near misses ----

void annotated_and_does_not_wait(std::mutex& m, mailbox_of_mine& box) {
  std::lock_guard hold(m);
  int n = 0;
  box.look(n);
}

void partner_needs_no_lock() {
  gosan::mutex m;
  auto c = gosan::make_chan<int>();
  gosan::wait_group all;
  all.go([&] {
    std::lock_guard hold(m);
    c.send(1);
  });
  all.go([&] { use(*c.recv()); });
  all.wait();
}

// The send is in order, since the third may take it; the receive is not.
void one_partner_needs_none() {
  gosan::mutex m;
  auto c = gosan::make_chan<int>();
  gosan::wait_group all;
  all.go([&] {
    std::lock_guard hold(m);
    c.send(1);
  });
  all.go([&] {
    std::lock_guard hold(m);
    use(*c.recv());  // expect: gosan-lock-across-block
  });
  all.go([&] {
    for (int n : c) use(n);
  });
  all.wait();
}

void given_up_before() {
  gosan::mutex m;
  auto c = gosan::make_chan<int>();
  gosan::wait_group all;
  all.go([&] {
    std::unique_lock hold(m);
    hold.unlock();
    c.send(1);
  });
  all.go([&] {
    {
      std::lock_guard hold(m);
      use(1);
    }
    c.recv();
  });
  all.wait();
}

void has_another_way_out(gosan::context ctx) {
  gosan::mutex m;
  auto c = gosan::make_chan<int>();
  gosan::wait_group all;
  all.go([&] {
    std::lock_guard hold(m);
    gosan::select(gosan::send_case(c, 1), gosan::recv_case(ctx.done()));
  });
  all.go([&] {
    {
      std::lock_guard hold(m);
      use(1);
    }
    gosan::select(gosan::recv_case(c), gosan::recv_case(ctx.done()));
  });
  all.wait();
}

void room_in_the_buffer() {
  gosan::mutex m;
  auto c = gosan::make_chan<int>(1);
  gosan::wait_group all;
  all.go([&] {
    std::lock_guard hold(m);
    c.send(1);
  });
  all.wait();
  std::lock_guard hold(m);
  use(*c.recv());
}

class mailbox {
 public:
  void put() {
    std::lock_guard hold(mutex_);
    ++count_;
    filled_.notify_one();
  }
  void take() {
    std::unique_lock hold(mutex_);
    filled_.wait(hold, [this] { return count_ > 0; });
    --count_;
  }

 private:
  gosan::mutex mutex_;
  gosan::condition_variable filled_;
  int count_ = 0;
};

void os_lock_and_no_wait(std::mutex& m, gosan::chan<int> c) {
  std::lock_guard hold(m);
  c.try_send(1);
  gosan::select(gosan::recv_case(c), gosan::default_case());
}

void os_lock_given_up(std::mutex& m, gosan::chan<int> c) {
  {
    std::lock_guard hold(m);
    use(1);
  }
  c.send(1);
}

void condition_gives_the_os_lock_up(std::mutex& m, gosan::condition_variable& ready) {
  std::unique_lock hold(m);
  ready.wait(hold);
}

void lock_of_the_runtime(gosan::mutex& m) {
  std::lock_guard hold(m);
  gosan::sleep_for(1ms);
}

// The condition gives up the lock that it is handed, with a guard or without.
class queue_of_mine {
 public:
  void add() {
    std::lock_guard hold(mutex_);
    ++items_;
    more_.notify_all();
  }
  void take() {
    std::lock_guard hold(mutex_);
    while (items_ == 0) more_.wait(mutex_);
    --items_;
  }

 private:
  gosan::mutex mutex_;
  gosan::condition_variable more_;
  int items_ = 0;
};

struct letter_box {
  gosan::mutex m;
  gosan::chan<void> mail = gosan::make_chan<void>();
};
void fetch(letter_box& b) {
  std::lock_guard hold(b.m);
  b.mail.recv();
}
void post(letter_box& b) { b.mail.send(); }
void one_who_posts_needs_no_lock() {
  auto b = std::make_shared<letter_box>();
  gosan::go([b] { fetch(*b); });
  gosan::go([b] { post(*b); });
}

struct served_before {
  gosan::mutex m;
  gosan::chan<void> done = gosan::make_chan<void>();
  void serve() {
    { std::lock_guard hold(m); }
    done.close();
  }
  void wait() { done.recv(); }
  void stop() {
    std::lock_guard hold(m);
    done.recv();
  }
};
void waited_for_by_a_shared_pointer() {
  auto s = std::make_shared<served_before>();
  gosan::go([s] { s->serve(); });
  s->wait();
  gosan::go([s] { s->stop(); });
}

// ---- A receiver that takes the lock in each of its turns ----

struct feed {
  gosan::mutex m;
  gosan::chan<int> values = gosan::make_chan<int>();

  void notify() {
    for (int i = 0; i < 9; ++i) {
      std::lock_guard hold(m);
      values.send(i);  // expect: gosan-lock-across-block
    }
    values.close();
  }
  void take() {
    for (int v : values) {
      std::lock_guard hold(m);
      use(v);
    }
  }
};
void feeds() {
  auto f = std::make_shared<feed>();
  gosan::go([f] { f->notify(); });
  gosan::go([f] { f->take(); });
}

struct single_feed {
  gosan::mutex m;
  gosan::chan<int> values = gosan::make_chan<int>();

  void notify() {
    {
      std::lock_guard hold(m);
      values.send(1);
    }
    values.close();
  }
  void take() {
    for (int v : values) {
      std::lock_guard hold(m);
      use(v);
    }
  }
};
void feeds_once() {
  auto f = std::make_shared<single_feed>();
  gosan::go([f] { f->notify(); });
  gosan::go([f] { f->take(); });
}

struct careful_feed {
  gosan::mutex m;
  gosan::chan<int> values = gosan::make_chan<int>();

  void notify() {
    for (int i = 0; i < 9; ++i) {
      {
        std::lock_guard hold(m);
        use(i);
      }
      values.send(i);
    }
    values.close();
  }
  void take() {
    for (int v : values) {
      std::lock_guard hold(m);
      use(v);
    }
  }
};
void feeds_carefully() {
  auto f = std::make_shared<careful_feed>();
  gosan::go([f] { f->notify(); });
  gosan::go([f] { f->take(); });
}

// ---- A condition variable that knows its lock by a pointer ----

class condition_of_a_lock {
 public:
  explicit condition_of_a_lock(std::mutex* m) : mutex_(m) {}
  void wait() {
    std::unique_lock<std::mutex> hold(*mutex_, std::adopt_lock);
    condition_.wait(hold);
    hold.release();
  }
  void signal() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
  std::mutex* const mutex_;
};
class background_work {
 public:
  background_work() : finished_(&mutex_) {}
  void wait() {
    mutex_.lock();
    while (pending_) finished_.wait();
    mutex_.unlock();
  }
  void run() {
    std::lock_guard hold(mutex_);
    pending_ = false;
    finished_.signal();
  }

 private:
  std::mutex mutex_;
  condition_of_a_lock finished_;
  bool pending_ = true;
};
void background() {
  background_work work;
  std::thread worker([&] { work.run(); });
  work.wait();
  worker.join();
}

// Two locks: the wait gives up the one, and the other stays held.
class holds_two {
 public:
  void wait() {
    std::lock_guard outer(outer_);
    std::unique_lock hold(inner_);
    changed_.wait(hold);  // expect: gosan-lock-across-block
  }
  void change() {
    std::lock_guard outer(outer_);
    std::lock_guard hold(inner_);
    changed_.notify_one();
  }

 private:
  std::mutex outer_, inner_;
  std::condition_variable changed_;
};
