// A signal for any number of listeners, any number of times: every broadcast appends a value and a channel, and closes
// the channel before it. Listeners index into both vectors while the broadcaster makes them grow.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <vector>

struct beacon {
  std::vector<int> values;
  std::vector<gosan::chan<void>> fired{gosan::make_chan<void>()};

  void broadcast(int value) {
    values.push_back(value);                      // expect: data-race
    fired.push_back(gosan::make_chan<void>());    // expect: data-race
    fired[values.size() - 1].close();
  }
};

void follow(beacon& s, int id, const gosan::context& ctx) {
  for (int i = 0;; ++i) {
    auto fired = s.fired[i];  // expect: data-race
    int which = gosan::select(gosan::recv_case(fired), gosan::recv_case(ctx.done()));
    if (which == 1 || id >= s.values[i]) break;  // expect: data-race
  }
  std::printf("listener %d is done\n", id);
}

int main() {
  beacon s;
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::wait_group listeners;
  for (int id = 1; id <= 3; ++id) {
    listeners.go([&s, id, ctx] { follow(s, id, ctx); });
  }
  s.broadcast(3);
  s.broadcast(2);
  cancel();
  listeners.wait();
}
