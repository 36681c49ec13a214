// A topic sends to its subscribers with the read lock held; a subscriber that has enough unsubscribes, which write-locks,
// while one more message is for it. Fixed: unsubscribing closes a channel of the subscriber's first, and sends listen to it.
#include "../kernel.hpp"

namespace kernels {
namespace publish_under_read_lock {

struct subscriber {
  chan<int> messages = make_chan<int>();
  chan<void> left = make_chan<void>();
};

struct topic {
  shared_mutex m;
  std::vector<std::shared_ptr<subscriber>> subscribers;  // guarded by m

  void unsubscribe(const std::shared_ptr<subscriber>& s) {
    std::lock_guard hold(m);
    std::erase(subscribers, s);
  }
};

namespace buggy {

void publish(topic& t, int message) {
  std::shared_lock hold(t.m);
  for (const auto& s : t.subscribers) s->messages.send(message);
}

void run() {
  auto t = std::make_shared<topic>();
  auto s = std::make_shared<subscriber>();
  t->subscribers = {s};
  auto published = make_chan<void>();
  go([t, published] {
    for (int i = 0; i < 3; ++i) publish(*t, i);
    published.close();
  });
  s->messages.recv();
  t->unsubscribe(s);
  published.recv();
}

}  // namespace buggy

namespace fixed {

void publish(topic& t, int message) {
  std::shared_lock hold(t.m);
  for (const auto& s : t.subscribers) select(send_case(s->messages, message), recv_case(s->left));
}

void run() {
  auto t = std::make_shared<topic>();
  auto s = std::make_shared<subscriber>();
  t->subscribers = {s};
  auto published = make_chan<void>();
  go([t, published] {
    for (int i = 0; i < 3; ++i) publish(*t, i);
    published.close();
  });
  s->messages.recv();
  s->left.close();
  t->unsubscribe(s);
  published.recv();
}

}  // namespace fixed
}  // namespace publish_under_read_lock

GOSAN_KERNEL(publish_under_read_lock, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
