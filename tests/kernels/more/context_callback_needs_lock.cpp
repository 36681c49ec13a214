// A session's end waits, with its lock held, for the function that runs when its context ends; that function locks too.
// Fixed: it waits without the lock.
#include "../kernel.hpp"

namespace kernels {
namespace context_callback_needs_lock {

struct session {
  mutex m;
  int open = 1;  // guarded by m
  context ctx;
  cancel_func cancel;
  chan<void> cleaned = make_chan<void>();
};

std::shared_ptr<session> start() {
  auto s = std::make_shared<session>();
  auto [ctx, cancel] = with_cancel(context::background());
  s->ctx = ctx;
  s->cancel = cancel;
  after_func(ctx, [s] {
    std::lock_guard hold(s->m);
    s->open = 0;
    s->cleaned.close();
  });
  return s;
}

namespace buggy {

void end(session& s) {
  std::lock_guard hold(s.m);
  s.cancel();
  s.cleaned.recv();
}

void run() {
  auto s = start();
  end(*s);
}

}  // namespace buggy

namespace fixed {

void end(session& s) {
  s.cancel();
  s.cleaned.recv();
}

void run() {
  auto s = start();
  end(*s);
}

}  // namespace fixed
}  // namespace context_callback_needs_lock

GOSAN_KERNEL(context_callback_needs_lock, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
