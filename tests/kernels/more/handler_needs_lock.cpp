// A test holds its lock while it waits for the events of what it has stored; the handler of these events, run by the
// store's loop, takes that lock before it says that one has come. Fixed: unlocked before it waits.
#include "../kernel.hpp"

namespace kernels {
namespace handler_needs_lock {

struct config_store {
  chan<int> events = make_chan<int>(8);
  std::function<void(int)> handler;

  void loop(const context& ctx) {
    std::optional<int> event;
    while (select(recv_case(events, event), recv_case(ctx.done())) == 0) handler(*event);
  }
};

struct expectation {
  mutex m;
  int wanted = 0;  // guarded by m
  chan<void> done = make_chan<void>();
};

struct scene {
  config_store store;
  expectation e;

  scene() {
    store.handler = [this](int event) {
      std::unique_lock hold(e.m);
      bool right = event == e.wanted;
      hold.unlock();
      if (right) e.done.send();
    };
  }
};

namespace buggy {

void run() {
  auto s = std::make_shared<scene>();
  auto [ctx, cancel] = with_cancel(context::background());
  go([s, ctx] { s->store.loop(ctx); });
  for (int i = 0; i < 3; ++i) {
    std::lock_guard hold(s->e.m);
    s->e.wanted = i;
    s->store.events.send(i);
    s->e.done.recv();
  }
  cancel();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto s = std::make_shared<scene>();
  auto [ctx, cancel] = with_cancel(context::background());
  go([s, ctx] { s->store.loop(ctx); });
  for (int i = 0; i < 3; ++i) {
    {
      std::lock_guard hold(s->e.m);
      s->e.wanted = i;
    }
    s->store.events.send(i);
    s->e.done.recv();
  }
  cancel();
}

}  // namespace fixed
}  // namespace handler_needs_lock

GOSAN_KERNEL(handler_needs_lock, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
