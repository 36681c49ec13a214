// fix-its: 4
#include <gosan/gosan.hpp>

#include <mutex>

void use(int);

// ---- What it flags ----

void counts_itself_in() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    gosan::go([&group] {  // note: add() belongs here
      group.add(1);  // expect: gosan-add-in-goroutine
      use(1);
      group.done();
    });
  }
  group.wait();
}

void enter(gosan::wait_group& group) { group.add(); }  // expect: gosan-add-in-goroutine
void by_a_helper() {
  gosan::wait_group group;
  gosan::go([&group] {
    enter(group);
    group.done();
  });
  group.wait();
}

void behind_another_lock(gosan::mutex& own, gosan::mutex& others) {
  gosan::wait_group group;
  gosan::go([&] {
    std::lock_guard hold(own);
    group.add(1);  // expect: gosan-add-in-goroutine
    group.done();
  });
  { std::lock_guard hold(others); }
  group.wait();
}

struct job {
  gosan::wait_group& group;
  void operator()() const {
    group.add(1);  // expect: gosan-add-in-goroutine
    use(1);
    group.done();
  }
};
void by_a_functor() {
  gosan::wait_group group;
  gosan::go(job{group});
  group.wait();
}

// ---- Near misses ----

void counted_before() {
  gosan::wait_group group;
  group.add(1);
  gosan::go([&group] {
    use(1);
    group.done();
  });
  group.wait();
}

void counts_in_more() {
  gosan::wait_group group;
  group.go([&group] {
    group.add(1);
    gosan::go([&group] { group.done(); });
  });
  group.wait();
}

void a_group_of_its_own() {
  gosan::wait_group group;
  group.go([] {
    gosan::wait_group inner;
    inner.add(1);
    gosan::go([&inner] { inner.done(); });
    inner.wait();
  });
  group.wait();
}

struct stopper {
  gosan::mutex m;
  gosan::wait_group tasks;
  bool stopped = false;

  bool enter() {
    std::lock_guard hold(m);
    if (stopped) return false;
    tasks.add(1);
    return true;
  }
  void stop() {
    {
      std::lock_guard hold(m);
      stopped = true;
    }
    tasks.wait();
  }
};

void told_not_to_under_a_lock() {
  stopper s;
  gosan::go([&s] {
    if (s.enter()) s.tasks.done();
  });
  s.stop();
}

void waited_for_by_other_means() {
  gosan::wait_group jobs, producers;
  producers.add(1);
  gosan::go([&] {
    jobs.add(1);
    gosan::go([&jobs] { jobs.done(); });
    producers.done();
  });
  producers.wait();
  jobs.wait();
}

struct counted_job {
  gosan::wait_group& group;
  void operator()() const {
    use(1);
    group.done();
  }
};
void functor_that_is_counted() {
  gosan::wait_group group;
  group.add(1);
  gosan::go(counted_job{group});
  group.wait();
}
