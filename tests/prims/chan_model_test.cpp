// A channel against its naive twin, stepped together by random operations: what the twin says would
// happen must happen.
//
// Each step picks one of a few actors and gives it an operation. An actor is a goroutine that
// performs one operation at a time and says how it ended; after each step the test waits until
// every actor is parked or idle, so both sides are at rest.
#include <deque>
#include <variant>

#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(ChanModel);

struct ended {
  bool panicked = false;
  std::optional<int> value;  // of a receive
  bool operator==(const ended&) const = default;
};

// The naive channel: deques, and actors by number.
class naive_chan {
 public:
  explicit naive_chan(std::size_t capacity) : capacity_(capacity), results(64) {}

  void send(int who, int v) {
    if (closed_) return finish(who, ended{true, {}});
    if (!receivers_.empty()) {
      finish(receivers_.front(), ended{false, v});
      receivers_.pop_front();
      return finish(who, {});
    }
    if (buffer_.size() < capacity_) {
      buffer_.push_back(v);
      return finish(who, {});
    }
    senders_.push_back({who, v});
  }
  void recv(int who) {
    if (!buffer_.empty()) {
      finish(who, ended{false, buffer_.front()});
      buffer_.pop_front();
      if (!senders_.empty()) {
        buffer_.push_back(senders_.front().second);
        finish(senders_.front().first, {});
        senders_.pop_front();
      }
    } else if (!senders_.empty()) {
      finish(who, ended{false, senders_.front().second});
      finish(senders_.front().first, {});
      senders_.pop_front();
    } else if (closed_) {
      finish(who, {});
    } else {
      receivers_.push_back(who);
    }
  }
  void close(int who) {
    if (closed_) return finish(who, ended{true, {}});
    closed_ = true;
    for (int r : receivers_) finish(r, {});
    for (auto& s : senders_) finish(s.first, ended{true, {}});
    receivers_.clear();
    senders_.clear();
    finish(who, {});
  }
  bool can_send() const { return closed_ || !receivers_.empty() || buffer_.size() < capacity_; }
  bool can_recv() const { return closed_ || !buffer_.empty() || !senders_.empty(); }
  std::size_t len() const { return buffer_.size(); }
  std::size_t waiting() const { return senders_.size() + receivers_.size(); }
  bool closed() const { return closed_; }

 private:
  void finish(int who, ended e) { results[static_cast<std::size_t>(who)] = e; }

  std::size_t capacity_;
  std::deque<int> buffer_, receivers_;
  std::deque<std::pair<int, int>> senders_;
  bool closed_ = false;

 public:
  std::vector<std::optional<ended>> results;  // by actor; emptied by the test
};

struct operation {
  enum { send, recv, close, end } what;
  int value = 0;
};

class actors {
 public:
  static constexpr int count = 5;

  explicit actors(chan<int> c) {
    for (int i = 0; i < count; ++i) {
      orders_.push_back(make_chan<operation>(1));
      running_.go([this, c, i, orders = orders_.back()] {
        for (operation o : orders) perform(c, i, o);
      });
    }
  }
  ~actors() {
    for (auto& o : orders_) o.close();
    running_.wait();
  }
  void order(int who, operation o) { orders_[static_cast<std::size_t>(who)].send(o); }
  // Everybody is parked: `busy` of them in the channel, the others waiting for orders.
  void settle(std::size_t busy) {
    for (;;) {
      std::size_t in_recv = parked(wait::chan_recv), in_send = parked(wait::chan_send);
      std::lock_guard hold(mu_);
      if (in_recv + in_send == count && finished_ == given_ - busy) return;
      mu_.unlock();
      yield();
      mu_.lock();
    }
  }
  std::optional<ended> take_result(int who) {
    std::lock_guard hold(mu_);
    return std::exchange(results_[static_cast<std::size_t>(who)], std::nullopt);
  }
  void count_order() { ++given_; }

 private:
  void perform(chan<int> c, int who, operation o) {
    ended e;
    if (o.what == operation::recv)
      e.value = c.recv();
    else
      e.panicked =
          panic_of([&] { o.what == operation::send ? c.send(o.value) : c.close(); }).has_value();
    std::lock_guard hold(mu_);
    results_[static_cast<std::size_t>(who)] = e;
    ++finished_;
  }

  wait_group running_;
  mutex mu_;
  std::vector<chan<operation>> orders_;
  std::vector<std::optional<ended>> results_{count};
  std::size_t finished_ = 0, given_ = 0;
};

void compare(std::uint32_t seed, int steps) {
  std::mt19937 random(seed);
  std::size_t capacity = random() % 4;
  auto c = make_chan<int>(capacity);
  naive_chan naive(capacity);
  actors real(c);
  std::vector<bool> busy(actors::count);
  defer let_go{[&] {
    if (!naive.closed()) c.close();
  }};
  for (int step = 0; step < steps; ++step) {
    int who = static_cast<int>(random() % actors::count);
    if (busy[static_cast<std::size_t>(who)]) continue;
    auto dice = random() % 100;
    operation o{dice < 48 ? operation::send : dice < 96 ? operation::recv : operation::close, step};
    busy[static_cast<std::size_t>(who)] = true;
    real.count_order();
    real.order(who, o);
    o.what == operation::send   ? naive.send(who, step)
    : o.what == operation::recv ? naive.recv(who)
                                : naive.close(who);
    real.settle(naive.waiting());
    for (int a = 0; a < actors::count; ++a) {
      auto expected = std::exchange(naive.results[static_cast<std::size_t>(a)], std::nullopt);
      ASSERT_EQ(real.take_result(a), expected) << "actor " << a << " at step " << step;
      if (expected) busy[static_cast<std::size_t>(a)] = false;
    }
    ASSERT_EQ(c.len(), naive.len());
    int out;
    if (!naive.can_recv()) {
      ASSERT_EQ(c.try_recv(out), recv_status::empty);
    }
    if (!naive.can_send()) {
      ASSERT_FALSE(c.try_send(-1));
    }
  }
}

TEST_P(ChanModel, BehavesAsItsNaiveTwin) {
  const std::uint32_t base = std::random_device{}();
  in_main([&] {
    for (std::uint32_t i = 0; i < 20; ++i) {
      compare(base + i, 60);
      await_alone();
      if (HasFailure()) {
        std::printf("seed of the failure: %u\n",
                    base + i);  // no SCOPED_TRACE: it belongs to a thread
        return;
      }
    }
  });
}

}  // namespace
}  // namespace gosan::test
