// Publish and subscribe with a way out: whoever sends also closes. Both happen in the pubsub, under its mutex, and a send
// never waits; so the close needs no delay and no goroutine, and can hit nobody.
#include <gosan/gosan.hpp>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

class pubsub {
 public:
  using feed = gosan::chan<std::string>;

  gosan::recv_chan<std::string> subscribe() {
    std::lock_guard hold(mutex_);
    subscribers_.push_back(gosan::make_chan<std::string>(2));
    return subscribers_.back();
  }

  void publish(const std::string& message) {
    std::lock_guard hold(mutex_);
    for (const feed& to : subscribers_) to.try_send(message);
  }

  void unsubscribe(const gosan::recv_chan<std::string>& from) {
    std::lock_guard hold(mutex_);
    auto found = std::ranges::find_if(subscribers_, [&](const feed& f) { return from == f; });
    if (found == subscribers_.end()) return;
    found->close();
    subscribers_.erase(found);
  }

 private:
  gosan::mutex mutex_;
  std::vector<feed> subscribers_;
};

int main() {
  pubsub prices;
  auto quiet = prices.subscribe();
  auto keen = prices.subscribe();
  prices.publish("price 1");
  prices.unsubscribe(quiet);
  prices.publish("price 2");
  prices.unsubscribe(keen);
  int messages = 0;
  for (const std::string& message : keen) {
    std::printf("%s\n", message.c_str());
    ++messages;
  }
  return messages == 2 ? 0 : 1;
}
