// A reader takes one span and leaves when its context ends; the sender, with eight spans for a buffer of six, does not
// look at the context. Fixed: it does.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_18101 {

constexpr int spans = 8;

namespace buggy {

void split(const chan<int>& ready) {
  for (int i = 0; i < spans; ++i) ready.send(i);
  ready.close();
}

void restore(const context& ctx) {
  auto ready = make_chan<int>(6);
  go([ready] { split(ready); });
  for ([[maybe_unused]] int span : ready) {
    select(recv_case(ctx.done()));
    return;
  }
}

void run() {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx] { restore(ctx); });
  go(cancel);
}

}  // namespace buggy

namespace fixed {

void split(const chan<int>& ready, const context& ctx) {
  defer close{[&] { ready.close(); }};
  for (int i = 0; i < spans; ++i) {
    if (select(send_case(ready, i), recv_case(ctx.done())) == 1) return;
  }
}

void restore(const context& ctx) {
  auto ready = make_chan<int>(6);
  go([ready, ctx] { split(ready, ctx); });
  for ([[maybe_unused]] int span : ready) {
    select(recv_case(ctx.done()));
    return;
  }
}

void run() {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx] { restore(ctx); });
  go(cancel);
}

}  // namespace fixed
}  // namespace cockroach_18101

GOSAN_KERNEL(cockroach_18101, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
