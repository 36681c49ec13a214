// A goroutine waits for an answer until its context ends.
#include <gosan/gosan.hpp>

#include <cstdio>

void ask(const gosan::context& ctx, gosan::wait_group& asking) {
  auto answer = gosan::make_chan<int>();
  asking.go([answer, ctx] {
    std::optional<int> got;
    if (gosan::select(gosan::recv_case(answer, got), gosan::recv_case(ctx.done())) == 0) {
      std::printf("%d\n", *got);
    }
  });
}

int main() {
  gosan::wait_group asking;
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  ask(ctx, asking);
  cancel();
  asking.wait();
}
