// A reader that is cancelled starts a goroutine that drains both channels; the sender has seen the cancel too and may
// never send. Fixed: the drainer also ends when the replica quiesces, and the reader starts one only.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace cockroach_10790 {

struct replica {
  std::array<chan<int>, 2> commands{make_chan<int>(), make_chan<int>()};
  chan<void> quiesce = make_chan<void>();
  mutex m;
};

void handle(const replica& r, const context& ctx) {
  for (const auto& c : r.commands) {
    if (select(send_case(c, 1), recv_case(ctx.done())) == 1) return;
  }
}

void stop(replica& r) {
  std::lock_guard hold(r.m);
  r.quiesce.close();
}

namespace buggy {

void begin(const std::shared_ptr<replica>& r, const context& ctx) {
  for (const auto& c : r->commands) {
    if (select(recv_case(c), recv_case(ctx.done())) == 0) continue;
    go([r] {
      for (const auto& left : r->commands) left.recv();
    });
  }
}

void run() {
  auto r = std::make_shared<replica>();
  auto [ctx, cancel] = with_cancel(context::background());
  go([r, ctx] { handle(*r, ctx); });
  go([r, ctx] { begin(r, ctx); });
  go(cancel);
  stop(*r);
}

}  // namespace buggy

namespace fixed {

void begin(const std::shared_ptr<replica>& r, const context& ctx) {
  for (const auto& c : r->commands) {
    if (select(recv_case(c), recv_case(ctx.done())) == 0) continue;
    go([r] {
      for (const auto& left : r->commands) {
        if (select(recv_case(left), recv_case(r->quiesce)) == 1) return;
      }
    });
    return;
  }
}

void run() {
  auto r = std::make_shared<replica>();
  auto [ctx, cancel] = with_cancel(context::background());
  go([r, ctx] { handle(*r, ctx); });
  go([r, ctx] { begin(r, ctx); });
  go(cancel);
  stop(*r);
}

}  // namespace fixed
}  // namespace cockroach_10790

GOSAN_KERNEL(cockroach_10790, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
