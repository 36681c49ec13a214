// A follower of a log waits on a condition for the file to change; closing the log tells the watcher, whose last event may
// come before the follower has begun to wait, and nobody signals again. Fixed: the follower looks at a flag under the lock.
#include "../kernel.hpp"

namespace kernels {
namespace follow_log {

struct log_file {
  mutex m;
  condition_variable changed;
  bool closed = false;  // guarded by m
};

namespace buggy {

void follow(log_file& f) {
  std::unique_lock hold(f.m);
  f.changed.wait(hold);
}

void run() {
  auto f = std::make_shared<log_file>();
  auto ended = make_chan<void>();
  go([f, ended] {
    follow(*f);
    ended.close();
  });
  go([f] { f->changed.notify_all(); });
  ended.recv();
}

}  // namespace buggy

namespace fixed {

void follow(log_file& f) {
  std::unique_lock hold(f.m);
  while (!f.closed) f.changed.wait(hold);
}

void run() {
  auto f = std::make_shared<log_file>();
  auto ended = make_chan<void>();
  go([f, ended] {
    follow(*f);
    ended.close();
  });
  go([f] {
    std::lock_guard hold(f->m);
    f->closed = true;
    f->changed.notify_all();
  });
  ended.recv();
}

}  // namespace fixed
}  // namespace follow_log

GOSAN_KERNEL(follow_log, "Communication Deadlock / Condition Variable", GOSAN_BLOCKING);
}  // namespace kernels
