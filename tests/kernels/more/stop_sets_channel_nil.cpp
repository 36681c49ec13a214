// A source's stop closes its channel and sets it to nil; the loop that listens to the channel reads it anew each turn.
// Fixed: the channel stays.
#include "../kernel.hpp"

namespace kernels {
namespace stop_sets_channel_nil {

struct source {
  chan<void> done = make_chan<void>();

  void loop() {
    while (select(recv_case(done), recv_case(after(1ms))) == 1) {
    }
  }
};

namespace buggy {

void stop(source& s) {
  s.done.close();
  s.done = {};
}

void run() {
  auto s = make_forever<source>();
  go([s] { s->loop(); });
  sleep_for(2ms);
  stop(*s);
}

}  // namespace buggy

namespace fixed {

void stop(source& s) { s.done.close(); }

void run() {
  auto s = make_forever<source>();
  go([s] { s->loop(); });
  sleep_for(2ms);
  stop(*s);
}

}  // namespace fixed
}  // namespace stop_sets_channel_nil

GOSAN_KERNEL(stop_sets_channel_nil, "Traditional / Data race", "data-race");
}  // namespace kernels
