// A handler's transport runs submitted callbacks; the handler closes the very channel that it submits on.
// Fixed: the end is signalled on a channel of its own, to which both sides listen.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_1687 {

struct transport {
  chan<void> closed = make_chan<void>();
  chan<std::function<void()>> writes = make_chan<std::function<void()>>();

  void run_writes() {
    std::optional<std::function<void()>> f;
    while (select(recv_case(writes, f), recv_case(closed)) == 0) {
      if (!f) return;
      (*f)();
    }
  }
  void submit(std::function<void()> f) {
    switch (select(recv_case(closed), default_case())) {
      case 0:
        return;
      default:
        select(send_case(writes, std::move(f)), recv_case(closed));
    }
  }
};

namespace buggy {

void handle(transport& t) {
  t.submit([] {});
  t.writes.close();
  t.submit([] {});
}

void run() {
  auto t = make_forever<transport>();
  go([t] { handle(*t); });
  t->run_writes();
}

}  // namespace buggy

namespace fixed {

void handle(transport& t) {
  t.submit([] {});
  t.closed.close();
  t.submit([] {});
}

void run() {
  auto t = make_forever<transport>();
  go([t] { handle(*t); });
  t->run_writes();
}

}  // namespace fixed
}  // namespace grpc_1687

GOSAN_KERNEL(grpc_1687, "Go-Specific / Misuse channel", "send-on-closed");
}  // namespace kernels
