// Publish and subscribe, first try: publish() must not wait for a slow subscriber, so it starts one goroutine per
// subscriber to do the sending. Once a subscriber stops reading, each of its messages leaves one more goroutine that
// waits for ever.
#include <gosan/gosan.hpp>

#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

class pubsub {
 public:
  using feed = gosan::chan<std::string>;

  feed subscribe() {
    std::lock_guard hold(mutex_);
    subscribers_.push_back(gosan::make_chan<std::string>(1));
    return subscribers_.back();
  }

  void publish(const std::string& message) {
    std::shared_lock hold(mutex_);
    for (const feed& to : subscribers_) {
      gosan::go([to, message] {
        to.send(message);  // expect: goroutine-leak
      });
    }
  }

 private:
  gosan::shared_mutex mutex_;
  std::vector<feed> subscribers_;
};

int main() {
  pubsub prices;
  auto feed = prices.subscribe();
  for (int i = 0; i < 5; ++i) prices.publish("price " + std::to_string(i));
  feed.recv();  // one is enough for this subscriber: one message stays in the buffer, three senders wait
}
