// A pipeline's last stage returns at the first error, and the stages before it cannot get rid of what they have.
// Fixed: they listen to a context that the last stage cancels.
#include "../kernel.hpp"

namespace kernels {
namespace early_error_leaves_stage {

namespace buggy {

chan<int> generate() {
  auto out = make_chan<int>();
  go([out] {
    for (int i = 0; i < 10; ++i) out.send(i);
    out.close();
  });
  return out;
}

chan<int> square(const chan<int>& in) {
  auto out = make_chan<int>();
  go([in, out] {
    for (int i : in) out.send(i * i);
    out.close();
  });
  return out;
}

bool check() {
  for (int i : square(generate())) {
    if (i > 10) return false;
  }
  return true;
}

void run() { check(); }

}  // namespace buggy

namespace fixed {

chan<int> generate(const context& ctx) {
  auto out = make_chan<int>();
  go([out, ctx] {
    defer close{[&] { out.close(); }};
    for (int i = 0; i < 10; ++i) {
      if (select(send_case(out, i), recv_case(ctx.done())) == 1) return;
    }
  });
  return out;
}

chan<int> square(const context& ctx, const chan<int>& in) {
  auto out = make_chan<int>();
  go([in, out, ctx] {
    defer close{[&] { out.close(); }};
    for (int i : in) {
      if (select(send_case(out, i * i), recv_case(ctx.done())) == 1) return;
    }
  });
  return out;
}

bool check() {
  auto [ctx, cancel] = with_cancel(context::background());
  defer end{[cancel = cancel] { cancel(); }};
  for (int i : square(ctx, generate(ctx))) {
    if (i > 10) return false;
  }
  return true;
}

void run() { check(); }

}  // namespace fixed
}  // namespace early_error_leaves_stage

GOSAN_KERNEL(early_error_leaves_stage, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
