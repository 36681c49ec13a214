// A token bucket: a goroutine refills it at every tick. It has no way to end, so every limiter that was ever made leaves
// one behind.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

class rate_limiter {
 public:
  rate_limiter(std::size_t rate, std::chrono::milliseconds interval)
      : tokens_(gosan::make_chan<void>(rate)) {
    for (std::size_t i = 0; i < rate; ++i) tokens_.send();
    gosan::go([tokens = tokens_, interval] {
      gosan::ticker every{interval};
      gosan::defer stop{[&every] { every.stop(); }};
      for (;;) {              // expect: gosan-endless-goroutine
        every.chan().recv();  // expect: goroutine-leak
        tokens.try_send();
      }
    });
  }

  void wait() { tokens_.recv(); }

 private:
  gosan::chan<void> tokens_;
};

int main() {
  rate_limiter limiter(2, 5ms);
  for (int i = 0; i < 5; ++i) {
    limiter.wait();
    std::printf("request %d\n", i);
  }
}
