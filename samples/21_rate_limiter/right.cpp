// A token bucket whose refill goroutine ends with it.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

class rate_limiter {
 public:
  rate_limiter(std::size_t rate, std::chrono::milliseconds interval)
      : tokens_(gosan::make_chan<void>(rate)) {
    for (std::size_t i = 0; i < rate; ++i) tokens_.send();
    refilling_.go([this, interval] { refill(interval); });
  }
  ~rate_limiter() {
    stop_.close();
    refilling_.wait();
  }

  void wait() { tokens_.recv(); }

 private:
  void refill(std::chrono::milliseconds interval) {
    gosan::ticker every{interval};
    gosan::defer stop{[&every] { every.stop(); }};
    while (gosan::select(gosan::recv_case(stop_), gosan::recv_case(every.chan())) != 0) {
      tokens_.try_send();
    }
  }

  gosan::chan<void> tokens_;
  gosan::chan<void> stop_ = gosan::make_chan<void>();
  gosan::wait_group refilling_;
};

int main() {
  rate_limiter limiter(2, 5ms);
  for (int i = 0; i < 5; ++i) {
    limiter.wait();
    std::printf("request %d\n", i);
  }
}
