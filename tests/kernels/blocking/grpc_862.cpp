// Dialling is given up by cancelling a context, but the connection it began has one of its own, which nobody cancels: its
// retry loop goes on for ever. Fixed: when dialling ends without a connection, what it began is closed.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_862 {

struct client_conn {
  context ctx;
  cancel_func cancel;
};

std::shared_ptr<client_conn> new_client() {
  auto [ctx, cancel] = with_cancel(context::background());
  return std::make_shared<client_conn>(client_conn{ctx, cancel});
}

void reset_transport(const client_conn& cc) {
  auto [ctx, cancel] = with_cancel(cc.ctx);
  for (int retries = 0;; ++retries) {
    auto [attempt, end] = with_timeout(ctx, 10ns);
    end();
    if (select(recv_case(after(2ns * retries)), recv_case(ctx.done())) == 1) break;
  }
  cancel();
}

namespace buggy {

void dial(const context& ctx) {
  auto cc = new_client();
  go([cc] { reset_transport(*cc); });
  std::shared_ptr<client_conn> connected;  // never set: there is nobody to connect to
  if (select(recv_case(ctx.done()), default_case()) == 0 && connected) connected->cancel();
}

void run() {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx] { dial(ctx); });
  go(cancel);
}

}  // namespace buggy

namespace fixed {

void dial(const context& ctx) {
  auto cc = new_client();
  go([cc] { reset_transport(*cc); });
  std::shared_ptr<client_conn> connected;  // never set: there is nobody to connect to
  if (select(recv_case(ctx.done()), default_case()) == 0 && connected) connected->cancel();
  if (!connected) cc->cancel();
}

void run() {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx] { dial(ctx); });
  go(cancel);
}

}  // namespace fixed
}  // namespace grpc_862

GOSAN_KERNEL(grpc_862, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
