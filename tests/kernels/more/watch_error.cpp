// A watch reports its error to the caller on the result channel, and only then cancels what it runs; a caller that has
// stopped watching does not read. Fixed: the report listens to the context.
#include "../kernel.hpp"

namespace kernels {
namespace watch_error {

struct watch {
  chan<int> results = make_chan<int>();
  chan<int> errors = make_chan<int>(1);
  context ctx;
  cancel_func cancel;
};

std::shared_ptr<watch> make() {
  auto w = std::make_shared<watch>();
  auto [ctx, cancel] = with_cancel(context::background());
  w->ctx = ctx;
  w->cancel = cancel;
  return w;
}

namespace buggy {

void serve(watch& w) {
  std::optional<int> error;
  if (select(recv_case(w.errors, error), recv_case(w.ctx.done())) == 0) w.results.send(*error);
  w.cancel();
  w.results.close();
}

void run() {
  auto w = make();
  w->errors.send(-1);
  go([w] { serve(*w); });
  w->cancel();
}

}  // namespace buggy

namespace fixed {

void serve(watch& w) {
  std::optional<int> error;
  if (select(recv_case(w.errors, error), recv_case(w.ctx.done())) == 0)
    select(send_case(w.results, *error), recv_case(w.ctx.done()));
  w.cancel();
  w.results.close();
}

void run() {
  auto w = make();
  w->errors.send(-1);
  go([w] { serve(*w); });
  w->cancel();
}

}  // namespace fixed
}  // namespace watch_error

GOSAN_KERNEL(watch_error, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
