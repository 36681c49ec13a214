// A store's lock is held while it delivers queued responses to the replicas, which takes their locks; a replica that
// reports takes the store's lock with its own held. Fixed: the responses are taken out of the queue, then delivered.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace cockroach_10214 {

struct replica {
  mutex raft, state;
};

struct store {
  mutex m;
  std::vector<int> responses{0, 1};  // guarded by m
  std::array<replica, 2> replicas;
};

void report(store& s) {
  replica& first = s.replicas[0];
  std::lock_guard hold_raft(first.raft);
  std::lock_guard hold_state(first.state);
  for (int i = 0; i < 2; ++i) std::lock_guard hold(s.m);
}

namespace buggy {

void deliver(store& s) {
  std::lock_guard hold(s.m);
  for ([[maybe_unused]] int response : s.responses) {
    for (replica& r : s.replicas) std::lock_guard hold_raft(r.raft);
  }
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { deliver(*s); });
  go([s] { report(*s); });
}

}  // namespace buggy

namespace fixed {

void deliver(store& s) {
  std::vector<int> responses;
  {
    std::lock_guard hold(s.m);
    responses.swap(s.responses);
  }
  for ([[maybe_unused]] int response : responses) {
    for (replica& r : s.replicas) std::lock_guard hold_raft(r.raft);
  }
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { deliver(*s); });
  go([s] { report(*s); });
}

}  // namespace fixed
}  // namespace cockroach_10214

GOSAN_KERNEL(cockroach_10214, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
