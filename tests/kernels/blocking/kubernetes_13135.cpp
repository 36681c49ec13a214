// The cacher's mutex and the lock of its watch cache, taken in both orders: one side through a callback that gives the
// mutex back under the lock. Fixed: the mutex is given back before the lock is taken.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_13135 {

struct watch_cache {
  shared_mutex m;
  std::function<void()> on_replace;  // guarded by m
};

struct cacher {
  mutex m;
  watch_cache cache;
  once ready;
  wait_group usable;
  chan<void> stop = make_chan<void>();

  void set_up(std::function<void()> f) {
    std::lock_guard hold(cache.m);
    cache.on_replace = std::move(f);
  }
  void process_event() {
    std::lock_guard hold_cache(cache.m);
    std::lock_guard hold(m);
  }
  bool stopped() const { return select(recv_case(stop), default_case()) == 0; }
};

namespace buggy {

void list_and_watch(cacher& c) {
  while (!c.stopped()) {
    c.m.lock();
    std::lock_guard hold_cache(c.cache.m);
    c.cache.on_replace();
  }
}

void run() {
  auto c = std::make_shared<cacher>();
  c->set_up([c = c.get()] {
    c->ready.call([c] { c->usable.done(); });
    c->m.unlock();
  });
  c->usable.add(1);
  go([c] { list_and_watch(*c); });
  c->usable.wait();
  go([c] { c->process_event(); });
  go([c] { c->stop.close(); });
}

}  // namespace buggy

namespace fixed {

void list_and_watch(cacher& c) {
  while (!c.stopped()) {
    c.m.lock();
    c.m.unlock();
    std::lock_guard hold_cache(c.cache.m);
    c.cache.on_replace();
  }
}

void run() {
  auto c = std::make_shared<cacher>();
  c->set_up([c = c.get()] { c->ready.call([c] { c->usable.done(); }); });
  c->usable.add(1);
  go([c] { list_and_watch(*c); });
  c->usable.wait();
  go([c] { c->process_event(); });
  go([c] { c->stop.close(); });
}

}  // namespace fixed
}  // namespace kubernetes_13135

GOSAN_KERNEL(kubernetes_13135, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
