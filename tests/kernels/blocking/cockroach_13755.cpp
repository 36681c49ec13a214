// Rows of a query keep the cancel function of their context; nobody closes them, and the goroutine that waits for the
// context to end waits for ever. Fixed: whoever asked closes the rows, and that cancels.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_13755 {

namespace buggy {

struct rows {
  std::function<void()> cancel;
  void close() {}
};

std::shared_ptr<rows> query() {
  auto r = std::make_shared<rows>();
  auto [ctx, cancel] = with_cancel(context::background());
  r->cancel = cancel;
  go([r, ctx = ctx] {
    ctx.done().recv();
    r->close();
  });
  return r;
}

void run() { query(); }

}  // namespace buggy

namespace fixed {

struct rows {
  std::function<void()> cancel;
  void close() { cancel(); }
};

std::shared_ptr<rows> query() {
  auto r = std::make_shared<rows>();
  auto [ctx, cancel] = with_cancel(context::background());
  r->cancel = cancel;
  go([r, ctx = ctx] {
    ctx.done().recv();
    r->close();
  });
  return r;
}

void run() { query()->close(); }

}  // namespace fixed
}  // namespace cockroach_13755

GOSAN_KERNEL(cockroach_13755, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
