// A lease and the cache of leases by name, locked in both orders.
// Fixed: who looks the lease up gives the cache's lock back before it locks the lease.
#include "../kernel.hpp"

#include <algorithm>

namespace kernels {
namespace cockroach_7504 {

struct lease {
  mutex m;
  int id = 0;
};

struct name_cache {
  mutex m;
  std::map<int, lease*> leases;  // guarded by m
};

struct table_state {
  mutex m;
  std::vector<lease*> active;  // guarded by m
};

struct manager {
  lease first, second;
  name_cache names;
  table_state table;

  manager() {
    names.leases = {{0, &first}, {1, &second}};
    table.active = {&first, &second};
  }

  void release(int id) {
    std::lock_guard hold_table(table.m);
    auto found = std::ranges::find(table.active, id, &lease::id);
    if (found == table.active.end()) return;
    lease* l = *found;
    std::lock_guard hold_lease(l->m);
    table.active.erase(found);
    std::lock_guard hold_names(names.m);
    names.leases.erase(id);
  }
};

namespace buggy {

void get(name_cache& names, int id) {
  std::lock_guard hold(names.m);
  auto found = names.leases.find(id);
  if (found == names.leases.end()) return;
  std::lock_guard hold_lease(found->second->m);
}

void run() {
  manager m;
  wait_group both;
  both.add(2);
  go([&] {
    get(m.names, 0);
    both.done();
  });
  go([&] {
    m.release(0);
    both.done();
  });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void get(name_cache& names, int id) {
  lease* l = nullptr;
  {
    std::lock_guard hold(names.m);
    auto found = names.leases.find(id);
    if (found == names.leases.end()) return;
    l = found->second;
  }
  std::lock_guard hold_lease(l->m);
}

void run() {
  manager m;
  wait_group both;
  both.add(2);
  go([&] {
    get(m.names, 0);
    both.done();
  });
  go([&] {
    m.release(0);
    both.done();
  });
  both.wait();
}

}  // namespace fixed
}  // namespace cockroach_7504

GOSAN_KERNEL(cockroach_7504, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
