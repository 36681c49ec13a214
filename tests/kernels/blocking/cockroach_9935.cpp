// When the log file cannot be made the exit handler runs, with the lock held that it takes itself.
// Fixed: unlocked before the handler.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_9935 {

struct logger {
  mutex m;
};

bool create_file() { return chance(25); }

void exit_handler(logger& l) { std::lock_guard hold(l.m); }

namespace buggy {

void output(logger& l) {
  l.m.lock();
  if (!create_file()) exit_handler(l);
  l.m.unlock();
}

void run() {
  auto l = std::make_shared<logger>();
  go([l] { output(*l); });
}

}  // namespace buggy

namespace fixed {

void output(logger& l) {
  l.m.lock();
  if (!create_file()) {
    l.m.unlock();
    exit_handler(l);
    return;
  }
  l.m.unlock();
}

void run() {
  auto l = std::make_shared<logger>();
  go([l] { output(*l); });
}

}  // namespace fixed
}  // namespace cockroach_9935

GOSAN_KERNEL(cockroach_9935, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
