// A transaction starts a goroutine that rolls it back when its context ends. The statement on it fails, and the caller
// returns without ending it. Fixed: whoever began it cancels when it is through.
#include "../kernel.hpp"

namespace kernels {
namespace transaction_never_ended {

struct transaction {
  context ctx;
  cancel_func cancel;
  std::atomic<bool> rolled_back{false};

  void await_end() {
    ctx.done().recv();
    rolled_back.store(true);
  }
  bool query() { return false; }
};

std::shared_ptr<transaction> begin(const context& parent) {
  auto [ctx, cancel] = with_cancel(parent);
  auto t = std::make_shared<transaction>(ctx, cancel);
  go([t] { t->await_end(); });
  return t;
}

namespace buggy {

void run() {
  auto t = begin(context::background());
  if (!t->query()) return;
  t->cancel();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto t = begin(context::background());
  defer end{[&] { t->cancel(); }};
  if (!t->query()) return;
}

}  // namespace fixed
}  // namespace transaction_never_ended

GOSAN_KERNEL(transaction_never_ended, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
