// An operation with a time limit, its value and its error on two channels. When all goes well nobody sends an error, and
// the caller, who has the value already, waits for one for ever.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using error = std::string;

std::string fetch(const gosan::context& ctx) {
  auto value = gosan::make_chan<std::string>(1);
  auto failure = gosan::make_chan<error>(1);
  gosan::go([ctx, value, failure] {
    error e;
    gosan::select(gosan::recv_case(ctx.done()), gosan::send_case(value, "a page", [&] {
                    if (!e.empty()) failure.send(e);
                  }));
  });
  std::optional<std::string> got;
  if (gosan::select(gosan::recv_case(value, got), gosan::recv_case(ctx.done())) == 1) return "";
  return failure.recv() ? "" : *got;  // expect: deadlock, gosan-blocked-send
}

int main() {
  auto [ctx, cancel] = gosan::with_timeout(gosan::context::background(), 100ms);
  gosan::defer end{[cancel = cancel] { cancel(); }};
  std::puts(fetch(ctx).c_str());
}
