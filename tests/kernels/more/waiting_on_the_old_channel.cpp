// A settings object tells of a change by closing a channel and putting a new one in its place. A listener that fetches the
// channel anew after it has looked at the value waits on the new one for a change that has been. Fixed: fetched before.
#include "../kernel.hpp"

namespace kernels {
namespace waiting_on_the_old_channel {

struct settings {
  mutex m;
  int version = 0;                         // guarded by m, as is:
  chan<void> changed = make_chan<void>();

  void set(int v) {
    std::lock_guard hold(m);
    version = v;
    changed.close();
    changed = make_chan<void>();
  }
  int get() {
    std::lock_guard hold(m);
    return version;
  }
  chan<void> change() {
    std::lock_guard hold(m);
    return changed;
  }
};

namespace buggy {

void listen(settings& s) {
  while (s.get() < 2) s.change().recv();
}

void run() {
  auto s = std::make_shared<settings>();
  go([s] { listen(*s); });
  go([s] {
    s->set(1);
    s->set(2);
  });
}

}  // namespace buggy

namespace fixed {

void listen(settings& s) {
  for (;;) {
    auto change = s.change();
    if (s.get() >= 2) return;
    change.recv();
  }
}

void run() {
  auto s = std::make_shared<settings>();
  go([s] { listen(*s); });
  go([s] {
    s->set(1);
    s->set(2);
  });
}

}  // namespace fixed
}  // namespace waiting_on_the_old_channel

GOSAN_KERNEL(waiting_on_the_old_channel, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
