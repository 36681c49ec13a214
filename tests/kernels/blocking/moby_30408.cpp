// A plugin is waited for until its manifest is there; it has failed to activate, so it never will be, and nobody says so.
// Fixed: the wait ends for the error too.
#include "../kernel.hpp"

namespace kernels {
namespace moby_30408 {

struct plugin {
  mutex m;
  condition_variable changed;
  std::optional<std::string> manifest;                  // guarded by m, as is:
  std::optional<std::string> error{"cannot activate"};
};

namespace buggy {

void wait_active(plugin& p) {
  std::unique_lock hold(p.m);
  while (!p.manifest) p.changed.wait(hold);
}

void run() {
  auto p = std::make_shared<plugin>();
  auto done = make_chan<void>();
  go([p, done] {
    wait_active(*p);
    done.close();
  });
  done.recv();
}

}  // namespace buggy

namespace fixed {

void wait_active(plugin& p) {
  std::unique_lock hold(p.m);
  while (!p.manifest && !p.error) p.changed.wait(hold);
}

void run() {
  auto p = std::make_shared<plugin>();
  auto done = make_chan<void>();
  go([p, done] {
    wait_active(*p);
    done.close();
  });
  done.recv();
}

}  // namespace fixed
}  // namespace moby_30408

GOSAN_KERNEL(moby_30408, "Communication Deadlock / Condition Variable", GOSAN_BLOCKING);
}  // namespace kernels
