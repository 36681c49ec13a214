// Publish and subscribe: publish() sends itself, and never waits. A subscriber whose buffer is full misses the message,
// which is said in the interface; nobody is left behind.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

class pubsub {
 public:
  using feed = gosan::chan<std::string>;

  feed subscribe() {
    std::lock_guard hold(mutex_);
    subscribers_.push_back(gosan::make_chan<std::string>(2));
    return subscribers_.back();
  }

  // Returns how many subscribers missed the message.
  int publish(const std::string& message) {
    std::shared_lock hold(mutex_);
    int missed = 0;
    for (const feed& to : subscribers_) {
      if (!to.try_send(message)) ++missed;
    }
    return missed;
  }

 private:
  gosan::shared_mutex mutex_;
  std::vector<feed> subscribers_;
};

int main() {
  pubsub prices;
  auto feed = prices.subscribe();
  int missed = 0;
  for (int i = 0; i < 5; ++i) missed += prices.publish("price " + std::to_string(i));
  auto first = feed.recv();
  std::printf("got %s, missed %d\n", first->c_str(), missed);
  return missed == 3 ? 0 : 1;
}
