#include <gosan/gosan.hpp>

void use(int);
bool failed();

void work(int n) {
  gosan::sleep_for(std::chrono::seconds(1));
  if (n > 0) work(n - 1);
}

namespace testing {
struct test {
  virtual ~test() = default;
  virtual void TestBody() = 0;
};
}  // namespace testing

// ---- What it flags ----

struct early : testing::test {
  void TestBody() override {
    gosan::go(work, 1);  // expect: gosan-unjoined-goroutine
  }  // note: the test ends here
};

void start(int n) { gosan::go(work, n); }
struct by_a_helper : testing::test {
  void TestBody() override {
    start(1);  // expect: gosan-unjoined-goroutine
  }
};

struct on_one_path : testing::test {
  void TestBody() override {
    gosan::wait_group group;
    group.go([] { work(1); });  // expect: gosan-unjoined-goroutine
    if (failed()) return;       // note: the test ends here
    group.wait();
  }
};

int main() {
  gosan::go([] { work(1); });  // expect: gosan-unjoined-goroutine
}

// ---- Near misses ----

struct waits : testing::test {
  void TestBody() override {
    gosan::wait_group group;
    group.go([] { work(1); });
    group.wait();
  }
};

struct waits_for_a_message : testing::test {
  void TestBody() override {
    auto done = gosan::make_chan<void>();
    gosan::go([done] {
      work(1);
      done.close();
    });
    done.recv();
  }
};

struct works_for_others : testing::test {
  void TestBody() override {
    auto jobs = gosan::make_chan<int>();
    gosan::go([jobs] {
      for (int job : jobs) use(job);
    });
    jobs.close();
  }
};

struct daemon_goroutine : testing::test {
  void TestBody() override {
    gosan::go_daemon("worker", [] { work(1); });
  }
};

void not_main() { gosan::go(work, 1); }

void park_on(void* object);
struct latch_of_ones_own {
  std::atomic<int> left = 1;
  void done() { left.fetch_sub(1); }
  void wait() { park_on(this); }
};
struct waits_by_a_latch_of_ones_own : testing::test {
  void TestBody() override {
    latch_of_ones_own latch;
    gosan::go([&latch] {
      work(1);
      latch.done();
    });
    latch.wait();
  }
};

struct loop_of_events {
  void run();
  void stop();
};
void work_and_stop(std::shared_ptr<loop_of_events> events) {
  work(1);
  events->stop();
}
struct waits_by_a_loop_of_events : testing::test {
  void TestBody() override {
    auto events = std::make_shared<loop_of_events>();
    gosan::go(work_and_stop, events);
    gosan::go([events] { work_and_stop(events); });
    loop_of_events other;
    gosan::go([&other] {
      work(1);
      other.stop();
    });
    gosan::go(
        [](loop_of_events& e) {
          work(1);
          e.stop();
        },
        std::ref(other));
    events->run();
    other.run();
  }
};
struct runs_another_loop_of_events : testing::test {
  void TestBody() override {
    auto events = std::make_shared<loop_of_events>(), others = std::make_shared<loop_of_events>();
    gosan::go(work, 1);  // expect: gosan-unjoined-goroutine
    events->run();
    others->run();
  }
};

int take_or_throw();
struct fails_by_an_exception : testing::test {
  void TestBody() override {
    auto done = gosan::make_chan<int>();
    try {
      gosan::go([done] {
        work(1);
        done.send(1);
      });
      use(take_or_throw());
      done.recv();
    } catch (int) {
      use(0);
    }
  }
};
struct throws_by_itself : testing::test {
  void TestBody() override {
    auto done = gosan::make_chan<int>(1);
    try {
      gosan::go([] { work(1); });  // expect: gosan-unjoined-goroutine
      if (failed()) throw 1;
      done.recv();
    } catch (int) {
      use(0);
    }
  }
};

namespace boost::fibers {
struct fiber {
  template <class F>
  explicit fiber(F);
  ~fiber();
  void join();
};
}  // namespace boost::fibers

// An exception of work() would come upon the destructor of the handle, which ends the program.
struct handles_end_the_program : testing::test {
  void TestBody() override {
    try {
      boost::fibers::fiber first([] { work(1); });
      boost::fibers::fiber second([] { work(2); });
      first.join();
      second.join();
    } catch (int) {
      work(3);
    }
  }
};
struct leaves_before_it_joins : testing::test {
  bool early;
  void TestBody() override {
    boost::fibers::fiber f([] { work(1); });  // expect: gosan-unjoined-goroutine
    if (early) return;
    f.join();
  }
};

void start_in(gosan::wait_group& group, int n) { group.go(work, n); }
struct helper_and_wait : testing::test {
  void TestBody() override {
    gosan::wait_group group;
    start_in(group, 1);
    group.wait();
  }
};

void close_later(gosan::chan<int> c) {
  gosan::go([c] {
    work(1);
    c.close();
  });
}
struct helper_that_tells_others : testing::test {
  void TestBody() override {
    auto c = gosan::make_chan<int>();
    close_later(c);
  }
};
