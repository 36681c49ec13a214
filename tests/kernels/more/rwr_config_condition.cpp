// An executor read-locks the configuration for a batch and again for each statement's cache; an update of the
// configuration write-locks and wakes those who wait for it. Fixed: the batch hands on the cache it has.
#include "../kernel.hpp"

namespace kernels {
namespace rwr_config_condition {

struct executor {
  shared_mutex m;
  condition_variable updated;
  int cache = 0;  // guarded by m

  int current_cache() {
    std::shared_lock hold(m);
    return cache;
  }
  void update() {
    std::lock_guard hold(m);
    ++cache;
    updated.notify_all();
  }
};

namespace buggy {

void run_batch(executor& e) {
  std::shared_lock hold(e.m);
  while (e.cache == 0) e.updated.wait(hold);
  for (int i = 0; i < 2; ++i) e.current_cache();
}

void run() {
  auto e = std::make_shared<executor>();
  auto ended = make_chan<void>();
  go([e, ended] {
    e->update();
    e->update();
    ended.close();
  });
  run_batch(*e);
  ended.recv();
}

}  // namespace buggy

namespace fixed {

void run_batch(executor& e) {
  std::shared_lock hold(e.m);
  while (e.cache == 0) e.updated.wait(hold);
  [[maybe_unused]] int cache = e.cache;
}

void run() {
  auto e = std::make_shared<executor>();
  auto ended = make_chan<void>();
  go([e, ended] {
    e->update();
    e->update();
    ended.close();
  });
  run_batch(*e);
  ended.recv();
}

}  // namespace fixed
}  // namespace rwr_config_condition

GOSAN_KERNEL(rwr_config_condition, "Resource Deadlock / RWR deadlock", GOSAN_BLOCKING);
}  // namespace kernels
