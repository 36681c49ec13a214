// Two goroutines that each send to the other: one runs callbacks that send, the other sends the events the callbacks come
// from. Fixed: the second one queues an event until it can be sent and listens meanwhile; and the program ends.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_2448 {

using function = std::function<void()>;

struct network {
  chan<function> events = make_chan<function>();
  chan<function> callbacks = make_chan<function>();
  chan<void> done = make_chan<void>();
  chan<void> ran = make_chan<void>(1);
};

void callback(const network& n) {
  select(send_case(n.callbacks, function([ran = n.ran] { ran.try_send(); })), recv_case(n.done));
}

void run_events(const network& n) {
  std::optional<function> event;
  while (select(recv_case(n.events, event), recv_case(n.done)) == 0) (*event)();
}

namespace buggy {

void process(const std::shared_ptr<network>& n) {
  std::optional<function> f;
  for (;;) {
    switch (select(recv_case(n->done), recv_case(n->callbacks, f), default_case())) {
      case 0:
        return;
      case 1:
        (*f)();
        break;
      default:
        select(send_case(n->events, function([n] { callback(*n); })), recv_case(n->done));
    }
  }
}

void run() {
  auto n = std::make_shared<network>();
  go([n] { run_events(*n); });
  go([n] { process(n); });
}

}  // namespace buggy

namespace fixed {

void process(const std::shared_ptr<network>& n) {
  std::vector<function> queue;
  std::optional<function> f;
  for (;;) {
    if (queue.empty()) queue.push_back([n] { callback(*n); });
    switch (select(recv_case(n->done), recv_case(n->callbacks, f), send_case(n->events, queue.back()))) {
      case 0:
        return;
      case 1:
        (*f)();
        break;
      case 2:
        queue.pop_back();
    }
  }
}

void run() {
  auto n = std::make_shared<network>();
  go([n] { run_events(*n); });
  go([n] { process(n); });
  n->ran.recv();
  n->done.close();
}

}  // namespace fixed
}  // namespace cockroach_2448

GOSAN_KERNEL(cockroach_2448, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
