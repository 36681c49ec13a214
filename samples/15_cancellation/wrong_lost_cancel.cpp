// A poller that would stop when its context is cancelled. The function that could cancel it is thrown away.
#include <gosan/gosan.hpp>

#include <cstdio>

void wait_for_end(const gosan::context& ctx) {
  ctx.done().recv();  // expect: goroutine-leak
  std::puts("cleaned up");
}

int main() {
  auto ctx = gosan::with_cancel(gosan::context::background()).ctx;  // expect: gosan-lost-cancel
  gosan::go(wait_for_end, ctx);
}
