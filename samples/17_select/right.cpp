// The first message of two inputs, unless the context ends or the time is up before. An input that is closed becomes the
// nil channel, which select never takes. The program this follows goes on when both are closed, and so waits for its
// timeout although nothing can come any more; here the loop ends then.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using input = gosan::recv_chan<std::string>;

std::string first_of(const gosan::context& ctx, input a, input b, std::chrono::milliseconds limit) {
  gosan::timer timeout{limit};
  gosan::defer stop{[&timeout] { timeout.stop(); }};
  while (a || b) {
    std::optional<std::string> message;
    switch (gosan::select(gosan::recv_case(ctx.done()), gosan::recv_case(a, message),
                          gosan::recv_case(b, message), gosan::recv_case(timeout.chan()))) {
      case 0:
        return "cancelled";
      case 1:
        if (message) return "a: " + *message;
        a = {};
        break;
      case 2:
        if (message) return "b: " + *message;
        b = {};
        break;
      case 3:
        return "too late";
    }
  }
  return "nothing will come";
}

int main() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  auto open = gosan::make_chan<std::string>(1);
  auto closed = gosan::make_chan<std::string>();
  closed.close();

  open.send("hello");
  std::puts(first_of(ctx, closed, open, 1h).c_str());
  std::puts(first_of(ctx, closed, closed, 1h).c_str());
  std::puts(first_of(ctx, closed, open, 5ms).c_str());
  cancel();
  std::puts(first_of(ctx, gosan::make_chan<std::string>(), open, 1h).c_str());
}
