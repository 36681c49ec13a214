// A broker: one goroutine owns the list of subscribers, everybody else talks to it through channels. It is the only one
// that sends to a subscriber, so it is also the one that closes; it never waits for a slow one.
// The answer to what goes wrong in 05 and 06.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

class broker {
 public:
  using feed = gosan::chan<std::string>;

  broker() { loop_.go([this] { run(); }); }
  // Ends the broker and closes what is still subscribed. To be called once, after the last publish.
  void stop() {
    stop_.close();
    loop_.wait();
  }

  feed subscribe() {
    auto mine = gosan::make_chan<std::string>(5);
    joining_.send(mine);
    return mine;
  }
  void unsubscribe(const feed& f) { leaving_.send(f); }
  void publish(std::string message) { messages_.send(std::move(message)); }

 private:
  void run() {
    std::vector<feed> subscribers;
    std::optional<feed> who;
    std::optional<std::string> message;
    for (;;) {
      switch (gosan::select(gosan::recv_case(stop_), gosan::recv_case(joining_, who),
                            gosan::recv_case(leaving_, who), gosan::recv_case(messages_, message))) {
        case 0:
          for (const feed& f : subscribers) f.close();
          return;
        case 1:
          subscribers.push_back(*who);
          break;
        case 2:
          if (std::erase(subscribers, *who) > 0) who->close();
          break;
        case 3:
          for (const feed& to : subscribers) to.try_send(*message);
          break;
      }
    }
  }

  gosan::chan<void> stop_ = gosan::make_chan<void>();
  gosan::chan<feed> joining_ = gosan::make_chan<feed>();
  gosan::chan<feed> leaving_ = gosan::make_chan<feed>();
  gosan::chan<std::string> messages_ = gosan::make_chan<std::string>();
  gosan::wait_group loop_;
};

int main() {
  broker prices;
  gosan::wait_group readers;
  for (int id = 0; id < 3; ++id) {
    readers.go([id, feed = prices.subscribe()] {
      for (const std::string& message : feed) std::printf("reader %d: %s\n", id, message.c_str());
    });
  }
  auto quiet = prices.subscribe();
  for (int i = 0; i < 4; ++i) prices.publish("price " + std::to_string(i));
  prices.unsubscribe(quiet);
  prices.stop();
  readers.wait();
}
