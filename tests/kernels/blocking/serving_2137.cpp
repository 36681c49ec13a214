// Requests through a breaker with one active slot, each held by a lock of its own that main gives back one after the
// other: the second request may have the slot while main waits for the first. Fixed: both locks are given back first.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace serving_2137 {

struct breaker {
  chan<void> pending = make_chan<void>(2);
  chan<void> active = make_chan<void>(1);

  bool maybe(const std::function<void()>& thunk) {
    if (select(send_case(pending), default_case()) == 1) return false;
    active.send();
    thunk();
    active.recv();
    pending.recv();
    return true;
  }
};

struct request {
  mutex m;
  chan<bool> accepted = make_chan<bool>(1);
};

// Leaves the request's lock held by the caller.
void start(const std::shared_ptr<breaker>& b, const std::shared_ptr<request>& r) {
  gosan::yield();
  r->m.lock();
  wait_group started;
  started.add(1);
  go([b, r, &started] {
    started.done();
    bool ok = b->maybe([&] {
      r->m.lock();
      r->m.unlock();
    });
    r->accepted.send(ok);
  });
  started.wait();
}

void collect(request& r) {
  bool ok = *r.accepted.recv();
  r.accepted.send(ok);
}

namespace buggy {

void run() {
  auto b = std::make_shared<breaker>();
  std::array requests{std::make_shared<request>(), std::make_shared<request>()};
  for (const auto& r : requests) start(b, r);
  for (const auto& r : requests) {
    r->m.unlock();
    collect(*r);
  }
}

}  // namespace buggy

namespace fixed {

void run() {
  auto b = std::make_shared<breaker>();
  std::array requests{std::make_shared<request>(), std::make_shared<request>()};
  for (const auto& r : requests) start(b, r);
  for (const auto& r : requests) r->m.unlock();
  for (const auto& r : requests) collect(*r);
}

}  // namespace fixed
}  // namespace serving_2137

GOSAN_KERNEL(serving_2137, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
