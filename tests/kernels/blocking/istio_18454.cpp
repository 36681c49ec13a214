// A timer that has expired and whose value was taken already is to be reset: stop() says "too late", and the value that
// should then be waiting never comes. Fixed: it is looked for without waiting.
#include "../kernel.hpp"

namespace kernels {
namespace istio_18454 {

struct worker {
  chan<void> events = make_chan<void>(1024);
  chan<void> reset = make_chan<void>(1);
  mutex m;
  std::shared_ptr<timer> debounce;  // guarded by m
};

void fill(worker& w) {
  for (int i = 0; i < 1024; ++i) w.events.send();
}

namespace buggy {

void publish(worker& w, timer& t, const context& ctx) {
  for (;;) {
    switch (select(recv_case(t.chan()), recv_case(w.reset), recv_case(ctx.done()))) {
      case 1:
        if (!t.stop()) t.chan().recv();
        t.reset(1ns);
        break;
      case 2:
        return;
    }
  }
}

void handle(const std::shared_ptr<worker>& w, const context& ctx, const context& inner,
            const cancel_func& cancel) {
  while (select(recv_case(ctx.done()), recv_case(w->events)) == 1) {
    w->m.lock();
    if (w->debounce) {
      w->m.unlock();
      w->reset.send();
    } else {
      w->debounce = std::make_shared<timer>(1ns);
      go([w, t = w->debounce, inner] { publish(*w, *t, inner); });
      w->m.unlock();
    }
  }
  cancel();
}

void run() {
  auto w = std::make_shared<worker>();
  auto [ctx, cancel] = with_cancel(context::background());
  auto [inner, end] = with_cancel(context::background());
  fill(*w);
  go([w, ctx, inner, end] { handle(w, ctx, inner, end); });
  cancel();
}

}  // namespace buggy

namespace fixed {

void publish(worker& w, timer& t, const context& ctx) {
  for (;;) {
    switch (select(recv_case(t.chan()), recv_case(w.reset), recv_case(ctx.done()))) {
      case 1:
        if (!t.stop()) select(recv_case(t.chan()), default_case());
        t.reset(1ns);
        break;
      case 2:
        return;
    }
  }
}

void handle(const std::shared_ptr<worker>& w, const context& ctx, const context& inner,
            const cancel_func& cancel) {
  while (select(recv_case(ctx.done()), recv_case(w->events)) == 1) {
    w->m.lock();
    if (w->debounce) {
      w->m.unlock();
      w->reset.send();
    } else {
      w->debounce = std::make_shared<timer>(1ns);
      go([w, t = w->debounce, inner] { publish(*w, *t, inner); });
      w->m.unlock();
    }
  }
  cancel();
}

void run() {
  auto w = std::make_shared<worker>();
  auto [ctx, cancel] = with_cancel(context::background());
  auto [inner, end] = with_cancel(context::background());
  fill(*w);
  go([w, ctx, inner, end] { handle(w, ctx, inner, end); });
  cancel();
}

}  // namespace fixed
}  // namespace istio_18454

GOSAN_KERNEL(istio_18454, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
