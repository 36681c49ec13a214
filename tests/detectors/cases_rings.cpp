// Goroutines that wait for one another through what is not a lock, while main runs on; and waits that look alike but are no ring.
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;

namespace {
void let_them_park() {
  for (int i = 0; i < 50; ++i) yield();
}

[[gnu::noinline]] void channels() {
  auto a = make_chan<int>(), b = make_chan<int>();
  go([a, b]() mutable { a.recv(), b.send(1); });
  go([a, b]() mutable { b.recv(), a.send(1); });
}

[[gnu::noinline]] void alike_senders() {
  auto a = make_chan<int>();
  for (int i = 0; i < 2; ++i) go([a, i]() mutable { a.send(i); });
}

[[gnu::noinline]] void group_and_channel() {
  auto wg = std::make_shared<wait_group>();
  auto c = make_chan<int>();
  wg->add();
  go([=]() mutable { wg->wait(), c.send(1); });
  go([=]() mutable { c.recv(), wg->done(); });
}

[[gnu::noinline]] void semaphore_and_channel() {
  auto s = std::make_shared<semaphore>(1);
  auto c = make_chan<int>(), holds = make_chan<int>();
  go([=]() mutable { s->acquire(1), holds.send(1), c.recv(), s->release(1); });
  holds.recv();
  go([=]() mutable { s->acquire(1), c.send(1), s->release(1); });
}

[[gnu::noinline]] void condition_and_channel() {
  struct shared {
    mutex m;
    condition_variable cv;
    bool set = false;
  };
  auto s = std::make_shared<shared>();
  auto c = make_chan<int>();
  go([=]() mutable {
    std::unique_lock hold(s->m);
    while (!s->set) s->cv.wait(hold);
    c.send(1);
  });
  go([=]() mutable {
    c.recv();
    const std::lock_guard hold(s->m);
    s->set = true;
    s->cv.notify_one();
  });
}

[[gnu::noinline]] void context_and_group() {
  auto [ctx, cancel] = with_cancel(context::background());
  auto wg = std::make_shared<wait_group>();
  wg->add();
  go([wg, ctx = ctx]() mutable { ctx.done().recv(), wg->done(); });
  go([wg, cancel = cancel]() mutable { wg->wait(), cancel(); });
}

[[gnu::noinline]] void once_and_channel() {
  auto o = std::make_shared<once>();
  auto c = make_chan<int>(), begun = make_chan<int>();
  go([=]() mutable { o->call([&] { begun.send(1), c.recv(); }); });
  begun.recv();
  go([=]() mutable { o->call([] {}), c.send(1); });
}

[[gnu::noinline]] void selects() {
  auto a = make_chan<int>(), b = make_chan<int>(), c = make_chan<int>();
  go([=]() mutable { select(recv_case(a), recv_case(b)), c.send(1); });
  go([=]() mutable { c.recv(), a.send(1); });
}
}  // namespace

#define RING_CASE(name) \
  GOSAN_CASE(ring_##name) { name(); let_them_park(); }
RING_CASE(channels)
RING_CASE(alike_senders)
RING_CASE(group_and_channel)
RING_CASE(semaphore_and_channel)
RING_CASE(condition_and_channel)
RING_CASE(context_and_group)
RING_CASE(once_and_channel)
RING_CASE(selects)
