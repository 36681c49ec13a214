// A poller that ends when its context is cancelled, and a main that cancels on every way out and waits for it.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

void keep_polling(const gosan::context& ctx) {
  gosan::ticker every{5ms};
  gosan::defer stop{[&every] { every.stop(); }};
  while (gosan::select(gosan::recv_case(ctx.done()), gosan::recv_case(every.chan())) != 0) {
    std::puts("polled");
  }
  std::puts("cleaned up");
}

int main() {
  gosan::wait_group polling;
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::defer end{[&polling, cancel = cancel] {
    cancel();
    polling.wait();
  }};
  polling.go(keep_polling, ctx);
  gosan::sleep_for(20ms);
}
