// A client finds its leader by a request, which read-locks what the caller holds locked.
// Fixed: the leader is asked for before the lock is taken.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_6708 {

struct client {
  shared_mutex m;
  std::vector<std::string> endpoints;  // guarded by m

  std::size_t request() {
    std::shared_lock hold(m);
    return endpoints.size();
  }
  std::size_t leader() { return request(); }
};

namespace buggy {

void sync(client& c) {
  std::lock_guard hold(c.m);
  c.endpoints.push_back("a");
  c.leader();
}

void run() {
  client c;
  sync(c);
}

}  // namespace buggy

namespace fixed {

void sync(client& c) {
  c.leader();
  std::lock_guard hold(c.m);
  c.endpoints.push_back("a");
}

void run() {
  client c;
  sync(c);
}

}  // namespace fixed
}  // namespace etcd_6708

GOSAN_KERNEL(etcd_6708, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
