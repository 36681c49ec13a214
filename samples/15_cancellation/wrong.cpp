// A poller that is given a context and never looks at it: cancel() changes nothing.
#include <gosan/gosan.hpp>

#include <chrono>

using namespace std::chrono_literals;

void keep_polling(const gosan::context&) {
  for (;;) {                // expect: gosan-endless-goroutine
    gosan::sleep_for(5ms);  // expect: goroutine-leak
  }
}

int main() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::go(keep_polling, ctx);
  gosan::sleep_for(20ms);
  cancel();
}
