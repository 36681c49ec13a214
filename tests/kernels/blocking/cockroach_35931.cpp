// Cancelling a flow pushes an error to each of its streams in turn; the first is full and has no reader yet, so the second
// never hears of it. Fixed: one goroutine per push.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_35931 {

struct registry {
  mutex m;
  std::map<std::string, chan<int>> inbound;  // guarded by m

  std::vector<chan<int>> receivers() {
    std::lock_guard hold(m);
    std::vector<chan<int>> all;
    for (const auto& [name, stream] : inbound) all.push_back(stream);
    return all;
  }
};

constexpr int flow_cancelled = -1;

namespace buggy {

void cancel(registry& r) {
  for (const auto& stream : r.receivers()) stream.send(flow_cancelled);
}

void run() {
  auto left = make_chan<int>(1), right = make_chan<int>(1);
  registry r;
  left.send(1);
  r.inbound = {{"left", left}, {"right", right}};
  cancel(r);
}

}  // namespace buggy

namespace fixed {

void cancel(registry& r) {
  for (const auto& stream : r.receivers()) {
    go([stream] { stream.send(flow_cancelled); });
  }
}

void run() {
  auto left = make_chan<int>(1), right = make_chan<int>(1);
  registry r;
  left.send(1);
  r.inbound = {{"left", left}, {"right", right}};
  cancel(r);
  while (*left.recv() != flow_cancelled) {
  }
  right.recv();
}

}  // namespace fixed
}  // namespace cockroach_35931

GOSAN_KERNEL(cockroach_35931, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
