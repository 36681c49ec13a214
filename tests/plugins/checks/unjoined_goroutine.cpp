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
