// Publish and subscribe with a way out: unsubscribe() lets another goroutine close the channel, half a moment later, in
// the hope that no sender is on its way any more. A sender that waits for room is still there: the close wakes it up,
// and it panics.
#include <gosan/gosan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

using namespace std::chrono_literals;

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
        to.send(message);  // expect: send-on-closed, data-race, unhandled-panic
      });
    }
  }

  void unsubscribe(const feed& from) {
    std::lock_guard hold(mutex_);
    std::erase(subscribers_, from);
    gosan::go([from] {
      gosan::sleep_for(50ms);
      from.close();  // expect: gosan-receiver-close, send-on-closed, data-race
    });
  }

 private:
  gosan::shared_mutex mutex_;
  std::vector<feed> subscribers_;
};

int main() {
  pubsub prices;
  auto quiet = prices.subscribe();  // never reads: the second message finds its buffer full
  auto keen = prices.subscribe();
  prices.publish("price 1");
  prices.publish("price 2");
  prices.unsubscribe(quiet);
  while (auto message = keen.recv()) std::printf("%s\n", message->c_str());
}
