// An agent runs one process per epoch and is told of their ends on a channel; when its context ends it leaves, and the
// epochs that still run have nobody to tell. Fixed: an epoch tells, or hears the agent's end.
#include "../kernel.hpp"

namespace kernels {
namespace proxy_epochs {

struct agent {
  chan<int> ended = make_chan<int>();
  mutex m;
  std::map<int, chan<void>> active;  // guarded by m

  void add(int epoch, const chan<void>& kill) {
    std::lock_guard hold(m);
    active[epoch] = kill;
  }
  void kill_all() {
    std::lock_guard hold(m);
    for (const auto& [epoch, kill] : active) kill.close();
    active.clear();
  }
  void run(const context& ctx) {
    while (select(recv_case(ended), recv_case(ctx.done())) == 0) {
    }
    kill_all();
  }
};

namespace buggy {

void run_epoch(agent& a, int epoch, const chan<void>& kill) {
  kill.recv();
  a.ended.send(epoch);
}

void run() {
  auto a = std::make_shared<agent>();
  auto [ctx, cancel] = with_cancel(context::background());
  for (int epoch = 0; epoch < 2; ++epoch) {
    auto kill = make_chan<void>();
    a->add(epoch, kill);
    go([a, epoch, kill] { run_epoch(*a, epoch, kill); });
  }
  go([a, ctx] { a->run(ctx); });
  cancel();
}

}  // namespace buggy

namespace fixed {

void run_epoch(agent& a, int epoch, const chan<void>& kill, const context& ctx) {
  kill.recv();
  select(send_case(a.ended, epoch), recv_case(ctx.done()));
}

void run() {
  auto a = std::make_shared<agent>();
  auto [ctx, cancel] = with_cancel(context::background());
  for (int epoch = 0; epoch < 2; ++epoch) {
    auto kill = make_chan<void>();
    a->add(epoch, kill);
    go([a, epoch, kill, ctx] { run_epoch(*a, epoch, kill, ctx); });
  }
  go([a, ctx] { a->run(ctx); });
  cancel();
}

}  // namespace fixed
}  // namespace proxy_epochs

GOSAN_KERNEL(proxy_epochs, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
