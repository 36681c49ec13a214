// An operation with a time limit: one message holds whatever came of it. The channel has room for it, so the operation can
// end although nobody waits any more.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

struct outcome {
  std::string value, error;
};

outcome fetch(const gosan::context& ctx) {
  auto done = gosan::make_chan<outcome>(1);
  gosan::go([done] { done.send({.value = "a page", .error = ""}); });
  std::optional<outcome> got;
  if (gosan::select(gosan::recv_case(done, got), gosan::recv_case(ctx.done())) == 1) {
    return {.value = "", .error = ctx.err().message()};
  }
  return *got;
}

int main() {
  auto [ctx, cancel] = gosan::with_timeout(gosan::context::background(), 5s);
  gosan::defer end{[cancel = cancel] { cancel(); }};
  outcome o = fetch(ctx);
  std::printf("%s%s\n", o.value.c_str(), o.error.c_str());
  return o.error.empty() ? 0 : 1;
}
