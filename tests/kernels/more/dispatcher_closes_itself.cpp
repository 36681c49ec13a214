// A connection's dispatcher calls the model for every message; the model closes the connection, and that waits for the
// dispatcher to have ended. Fixed: the close is run by a goroutine of its own.
#include "../kernel.hpp"

namespace kernels {
namespace dispatcher_closes_itself {

struct connection {
  chan<int> inbox = make_chan<int>();
  chan<void> closed = make_chan<void>();
  chan<void> dispatcher_ended = make_chan<void>();
  once closing;
  std::function<void()> model;

  void dispatch() {
    defer end{[this] { dispatcher_ended.close(); }};
    while (select(recv_case(inbox), recv_case(closed)) == 0) model();
  }
  void read() {
    while (select(send_case(inbox, 1), recv_case(closed)) == 0) {
    }
  }
  void close() {
    closing.call([this] {
      closed.close();
      dispatcher_ended.recv();
    });
  }
};

void start(const std::shared_ptr<connection>& c) {
  go([c] { c->read(); });
  go([c] { c->dispatch(); });
}

namespace buggy {

void run() {
  auto c = std::make_shared<connection>();
  c->model = [c = c.get()] { c->close(); };
  start(c);
  c->dispatcher_ended.recv();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto c = std::make_shared<connection>();
  c->model = [c = std::weak_ptr(c)] {
    go([c = c.lock()] { c->close(); });
  };
  start(c);
  c->dispatcher_ended.recv();
}

}  // namespace fixed
}  // namespace dispatcher_closes_itself

GOSAN_KERNEL(dispatcher_closes_itself, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
