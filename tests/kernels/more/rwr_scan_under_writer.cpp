// A store's scan read-locks the store and asks its queue, which read-locks the store once more; the loop that processes
// what the scan found write-locks in between, and then both wait. Fixed: the queue is asked outside the lock.
#include "../kernel.hpp"

namespace kernels {
namespace rwr_scan_under_writer {

struct store {
  shared_mutex m;
  std::map<int, int> replicas{{1, 10}};  // guarded by m

  int truncatable(int id) {
    std::shared_lock hold(m);
    return replicas.at(id);
  }
  void process() {
    std::lock_guard hold(m);
    ++replicas[1];
  }
};

namespace buggy {

void scan(store& s) {
  std::shared_lock hold(s.m);
  for (const auto& [id, size] : s.replicas) s.truncatable(id);
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { scan(*s); });
  go([s] { s->process(); });
}

}  // namespace buggy

namespace fixed {

void scan(store& s) {
  std::vector<int> ids;
  {
    std::shared_lock hold(s.m);
    for (const auto& [id, size] : s.replicas) ids.push_back(id);
  }
  for (int id : ids) s.truncatable(id);
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { scan(*s); });
  go([s] { s->process(); });
}

}  // namespace fixed
}  // namespace rwr_scan_under_writer

GOSAN_KERNEL(rwr_scan_under_writer, "Resource Deadlock / RWR deadlock", GOSAN_BLOCKING);
}  // namespace kernels
