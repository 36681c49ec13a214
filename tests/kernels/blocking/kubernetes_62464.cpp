// A lookup read-locks what its caller has read-locked already; a writer that comes in between stops both.
// Fixed: the inner lookups take no lock.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_62464 {

struct state {
  shared_mutex m;
  std::map<std::string, int> assignments;  // guarded by m

  void remove_stale() {
    { std::shared_lock hold(m); }
    std::lock_guard hold(m);
    assignments.clear();
  }
};

namespace buggy {

bool lookup(state& s, const std::string& container) {
  std::shared_lock hold(s.m);
  return s.assignments.contains(container) || chance(40);
}

void reconcile(state& s) {
  std::shared_lock hold(s.m);
  if (!lookup(s, "web")) lookup(s, "default");
}

void run() {
  auto s = std::make_shared<state>();
  go([s] { reconcile(*s); });
  go([s] { s->remove_stale(); });
}

}  // namespace buggy

namespace fixed {

// m is read-locked.
bool lookup(state& s, const std::string& container) {
  return s.assignments.contains(container) || chance(40);
}

void reconcile(state& s) {
  std::shared_lock hold(s.m);
  if (!lookup(s, "web")) lookup(s, "default");
}

void run() {
  auto s = std::make_shared<state>();
  go([s] { reconcile(*s); });
  go([s] { s->remove_stale(); });
}

}  // namespace fixed
}  // namespace kubernetes_62464

GOSAN_KERNEL(kubernetes_62464, "Resource Deadlock / RWR deadlock", GOSAN_BLOCKING);
}  // namespace kernels
