// A node answers requests for its status until it is stopped; a request that comes after the stop waits for ever.
// Fixed: the request also listens to the node's end.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_6857 {

struct node {
  chan<chan<int>> status = make_chan<chan<int>>();
  chan<void> stop = make_chan<void>();
  chan<void> done = make_chan<void>();
};

void serve(const node& n) {
  std::optional<chan<int>> reply;
  while (select(recv_case(n.status, reply), recv_case(n.stop)) == 0) reply->send(1);
  n.done.close();
}

void stop(const node& n) {
  if (select(send_case(n.stop), recv_case(n.done)) == 1) return;
  n.done.recv();
}

namespace buggy {

void ask(const node& n) {
  auto reply = make_chan<int>();
  n.status.send(reply);
  reply.recv();
}

void run() {
  auto n = std::make_shared<node>();
  go([n] { serve(*n); });
  go([n] { ask(*n); });
  go([n] { stop(*n); });
}

}  // namespace buggy

namespace fixed {

void ask(const node& n) {
  auto reply = make_chan<int>();
  if (select(send_case(n.status, reply), recv_case(n.done)) == 1) return;
  reply.recv();
}

void run() {
  auto n = std::make_shared<node>();
  go([n] { serve(*n); });
  go([n] { ask(*n); });
  go([n] { stop(*n); });
}

}  // namespace fixed
}  // namespace etcd_6857

GOSAN_KERNEL(etcd_6857, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
