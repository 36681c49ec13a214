// Rings through two kinds of waits at a time, while main goes on; each with its twin that ends. Order is made by yields alone: one
// processor, and a goroutine runs until it yields or waits.
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;

namespace {
void yields(int n) {
  while (n-- > 0) yield();
}

template <typename L>
class lock_if {
 public:
  lock_if(bool wanted, L& l) : lock_(wanted ? &l : nullptr) {
    if (lock_) lock_->lock();
  }
  ~lock_if() {
    if (lock_) lock_->unlock();
  }

 private:
  L* lock_;
};

struct shared_state {
  mutex m, outer;
  shared_mutex rw;
  wait_group wg;
  semaphore s{1};
  once o;
  barrier b{2};
  condition_variable cv;
  bool set = false;
};
using state = std::shared_ptr<shared_state>;

[[gnu::noinline]] void mutex_and_group(bool bad) {
  auto s = std::make_shared<shared_state>();
  s->wg.add(1);
  go([=] {
    const lock_if hold(bad, s->m);
    s->wg.wait();
  });
  go([=] {
    yields(5);
    { const std::lock_guard hold(s->m); }
    s->wg.done();
  });
}

[[gnu::noinline]] void condition_and_mutex(bool bad) {
  auto s = std::make_shared<shared_state>();
  go([=] {
    const lock_if hold(bad, s->outer);
    std::unique_lock lock(s->m);
    while (!s->set) s->cv.wait(lock);
  });
  go([=] {
    yields(5);
    const std::lock_guard outer(s->outer), hold(s->m);
    s->set = true;
    s->cv.notify_one();
  });
}

[[gnu::noinline]] void semaphore_and_mutex(bool bad) {
  auto s = std::make_shared<shared_state>();
  go([=] {
    s->s.acquire(1);
    yields(10);
    { const std::lock_guard hold(s->m); }
    s->s.release(1);
  });
  go([=] {
    const lock_if hold(bad, s->m);
    yields(10);
    s->s.acquire(1);
    s->s.release(1);
  });
}

[[gnu::noinline]] void readers_and_group(bool bad) {
  auto s = std::make_shared<shared_state>();
  s->wg.add(1);
  go([=] {
    std::shared_lock hold(s->rw, std::defer_lock);
    if (bad) hold.lock();
    s->wg.wait();
  });
  go([=] {
    yields(5);
    { const std::lock_guard hold(s->rw); }
    s->wg.done();
  });
}

[[gnu::noinline]] void barrier_and_mutex(bool bad) {
  auto s = std::make_shared<shared_state>();
  go([=] {
    const lock_if hold(bad, s->m);
    s->b.arrive_and_wait();
  });
  go([=] {
    yields(5);
    const std::lock_guard hold(s->m);
    s->b.arrive_and_wait();
  });
}

// Everybody can get at these, but only one can end the wait.
constinit mutex of_all;
constinit shared_mutex read_by_all;
constinit once first_time;

[[gnu::noinline]] void once_of_all(bool bad) {
  go([=] {
    const lock_if hold(bad, of_all);
    yields(10);
    first_time.call([] {});
  });
  go([] {
    first_time.call([] {
      yields(20);
      const std::lock_guard hold(of_all);
    });
  });
}

[[gnu::noinline]] void readers_of_all(bool bad) {
  go([=] {
    const std::shared_lock hold(read_by_all);
    yields(10);
    const lock_if second(bad, of_all);
  });
  go([] {
    const std::lock_guard hold(of_all);
    yields(5);
    const std::lock_guard second(read_by_all);
  });
}

// One reader waits for the other, which waits behind the writer between.
[[gnu::noinline]] void a_writer_between(bool bad) {
  auto c = make_chan<int>();
  go([=]() mutable {
    const std::shared_lock hold(read_by_all);
    c.recv();
  });
  if (bad)
    go([] {
      yields(5);
      const std::lock_guard hold(read_by_all);
    });
  go([=]() mutable {
    yields(15);
    const std::shared_lock hold(read_by_all);
    c.send(1);
  });
}

// The group's maker has the channels too, but waits for the two to be done.
[[gnu::noinline]] void a_group_and_its_channels(bool bad) {
  go([=] {
    errgroup g;
    auto c = make_chan<int>(), d = make_chan<int>();
    g.go([=]() mutable {
      if (bad) c.recv();
      d.send(1);
      if (!bad) c.recv();
    });
    g.go([=]() mutable {
      d.recv();
      c.send(1);
    });
    g.wait();
  });
}
}  // namespace

#define MIX_CASE(name)                                                \
  GOSAN_CASE(mix_##name) { name(true), yields(100); }                 \
  GOSAN_CASE(mix_##name##_right) { name(false), yields(100); }
MIX_CASE(mutex_and_group)
MIX_CASE(condition_and_mutex)
MIX_CASE(semaphore_and_mutex)
MIX_CASE(readers_and_group)
MIX_CASE(barrier_and_mutex)
MIX_CASE(once_of_all)
MIX_CASE(readers_of_all)
MIX_CASE(a_writer_between)
MIX_CASE(a_group_and_its_channels)
