// The cacher of two kernels: a list of watchers that a dispatch empties under the lock, and then walks without it. Fixed:
// it walks a copy made under the lock.
#pragma once

#include "cells.hpp"

namespace kernels::cacher {

struct buggy_cacher {
  shared_mutex m;
  list_cell<int> watchers;  // guarded by m, but for the mistake

  void dispatch() {
    {
      std::lock_guard hold(m);
      watchers.clear();
    }
    for (int watcher : watchers) look_at(watcher);
  }
};

struct fixed_cacher {
  shared_mutex m;
  list_cell<int> watchers;  // guarded by m

  void dispatch() {
    {
      std::lock_guard hold(m);
      watchers.clear();
    }
    m.lock_shared();
    list_cell<int> seen = watchers;
    m.unlock_shared();
    for (int watcher : seen) look_at(watcher);
  }
};

// The cacher, with its background goroutine, which dispatches once.
template <class Cacher>
Cacher* start() {
  auto c = make_forever<Cacher>();
  go([c] { c->dispatch(); });
  return c;
}

}  // namespace kernels::cacher
