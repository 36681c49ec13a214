// The table of gosan/chan.hpp, line by line.
#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(Chan);

TEST_P(Chan, UnbufferedSendWaitsForItsReceiver) {
  in_main([] {
    auto c = make_chan<int>();
    bool sent = false;
    go([&, c] {
      c.send(7);
      sent = true;
      c.close();
    });
    await_parked(wait::chan_send);
    EXPECT_FALSE(sent);
    EXPECT_EQ(c.recv(), 7);
    EXPECT_EQ(c.recv(), std::nullopt);
    EXPECT_TRUE(sent);
  });
}

TEST_P(Chan, ReceiverThatCameFirstGetsTheValue) {
  in_main([] {
    auto c = make_chan<std::string>();
    auto done = make_chan<std::string>(1);
    go([=] { done.send(*c.recv()); });
    await_parked(wait::chan_recv);
    c.send("value");
    EXPECT_EQ(done.recv(), "value");
  });
}

TEST_P(Chan, BufferedIsFirstInFirstOutAndBlocksWhenFull) {
  in_main([] {
    auto c = make_chan<int>(3);
    EXPECT_EQ(c.cap(), 3u);
    for (int i = 0; i < 3; ++i) c.send(i);
    EXPECT_EQ(c.len(), 3u);
    go([=] {
      c.send(3);
      c.send(4);
      c.close();
    });
    await_parked(wait::chan_send);
    std::vector<int> got;
    for (int v : c) got.push_back(v);
    EXPECT_THAT(got, ::testing::ElementsAre(0, 1, 2, 3, 4));
  });
}

TEST_P(Chan, WaitingSendersAreServedInOrder) {
  in_main([] {
    auto c = make_chan<int>();
    for (int i = 0; i < 5; ++i) {
      go([=] { c.send(i); });
      await_parked(wait::chan_send, static_cast<std::size_t>(i) + 1);
    }
    for (int i = 0; i < 5; ++i) EXPECT_EQ(c.recv(), i);
  });
}

TEST_P(Chan, TryOperationsNeverWait) {
  in_main([] {
    auto c = make_chan<int>(1);
    int out = -1;
    EXPECT_EQ(c.try_recv(out), recv_status::empty);
    EXPECT_TRUE(c.try_send(1));
    EXPECT_FALSE(c.try_send(2));
    std::optional<int> opt;
    EXPECT_EQ(c.try_recv(opt), recv_status::value);
    EXPECT_EQ(opt, 1);
    EXPECT_TRUE(c.try_send(3));
    c.close();
    EXPECT_EQ(c.try_recv(out), recv_status::value);
    EXPECT_EQ(out, 3);
    EXPECT_EQ(c.try_recv(out), recv_status::closed);
    EXPECT_EQ(out, 3);
    auto unbuffered = make_chan<int>();
    EXPECT_FALSE(unbuffered.try_send(1));
  });
}

TEST_P(Chan, TryOperationsMeetParkedPartners) {
  in_main([] {
    auto c = make_chan<int>();
    auto got = make_chan<int>(1);
    go([=] { got.send(*c.recv()); });
    await_parked(wait::chan_recv);
    EXPECT_TRUE(c.try_send(5));
    EXPECT_EQ(got.recv(), 5);
    go([=] { c.send(6); });
    await_parked(wait::chan_send);
    int out = 0;
    EXPECT_EQ(c.try_recv(out), recv_status::value);
    EXPECT_EQ(out, 6);
  });
}

TEST_P(Chan, CloseWakesReceiversWithNothingAndSendersWithAPanic) {
  in_main([] {
    auto empty = make_chan<int>();
    auto full = make_chan<int>();
    auto results = make_chan<bool>(6);
    for (int i = 0; i < 3; ++i) go([=] { results.send(!empty.recv().has_value()); });
    for (int i = 0; i < 3; ++i)
      go([=] { results.send(panic_of([&] { full.send(1); }) == panic_code::send_on_closed); });
    await_parked(wait::chan_recv, 3);
    await_parked(wait::chan_send, 3);
    empty.close();
    full.close();  // NOLINT(gosan-receiver-close)
    for (int i = 0; i < 6; ++i) EXPECT_EQ(results.recv(), true);
  });
}

TEST_P(Chan, ClosedChannelDrainsThenEnds) {
  in_main([] {
    auto c = make_chan<std::unique_ptr<int>>(2);
    c.send(std::make_unique<int>(1));
    c.close();
    EXPECT_EQ(**c.recv(), 1);
    EXPECT_FALSE(c.recv().has_value());
    EXPECT_FALSE(c.recv().has_value());
  });
}

TEST_P(Chan, MisuseThrowsPanics) {
  in_main([] {
    auto c = make_chan<int>(1);
    c.close();
    EXPECT_EQ(panic_of([&] { c.send(1); }), panic_code::send_on_closed);
    EXPECT_EQ(panic_of([&] { c.try_send(1); }), panic_code::send_on_closed);
    EXPECT_EQ(panic_of([&] { c.close(); }), panic_code::close_of_closed);
    EXPECT_EQ(panic_of([&] { chan<int>{}.close(); }), panic_code::close_of_nil);
  });
}

TEST_P(Chan, FailedSendKeepsTheValue) {
  in_main([] {
    auto c = make_chan<std::unique_ptr<int>>();
    auto v = std::make_unique<int>(4);
    EXPECT_FALSE(c.try_send(std::move(v)));
    ASSERT_TRUE(v);
    c.close();
    EXPECT_EQ(panic_of([&] { c.send(std::move(v)); }), panic_code::send_on_closed);
    ASSERT_TRUE(v);
    EXPECT_EQ(*v, 4);
  });
}

TEST_P(Chan, NilChannelIsNeverReady) {
  in_main([] {
    chan<int> nil;
    int out;
    EXPECT_FALSE(nil);
    EXPECT_EQ(nil.len(), 0u);
    EXPECT_EQ(nil.cap(), 0u);
    EXPECT_FALSE(nil.try_send(1));
    EXPECT_EQ(nil.try_recv(out), recv_status::empty);
  });
}

TEST_P(Chan, HandlesCompareByChannel) {
  in_main([] {
    auto a = make_chan<int>(), b = make_chan<int>(), a2 = a;
    recv_chan<int> in = a;
    send_chan<int> out = a;
    EXPECT_TRUE(a == a2 && a == in && in == out && chan<int>{} == chan<int>{});
    EXPECT_TRUE(a != b && in != b && a != chan<int>{});
  });
}

TEST_P(Chan, VoidChannelCarriesSignals) {
  in_main([] {
    auto c = make_chan<void>(2);
    c.send();
    EXPECT_TRUE(c.try_send());
    EXPECT_FALSE(c.try_send());
    EXPECT_TRUE(c.recv());
    EXPECT_EQ(c.try_recv(), recv_status::value);
    EXPECT_EQ(c.try_recv(), recv_status::empty);
    c.close();
    EXPECT_FALSE(c.recv());
    EXPECT_EQ(c.try_recv(), recv_status::closed);
  });
}

// Counts the living.
struct counted {
  explicit counted(int* n) : alive(n) { ++*alive; }
  counted(counted&& o) noexcept : alive(o.alive) { ++*alive; }
  ~counted() { --*alive; }
  int* alive;
};

TEST_P(Chan, ElementsLeftInADroppedChannelAreDestroyed) {
  in_main([] {
    int alive = 0;
    {
      auto c = make_chan<counted>(4);
      for (int i = 0; i < 4; ++i) c.send(counted(&alive));
      c.recv();
      c.send(counted(&alive));  // wraps around
      c.close();
      EXPECT_EQ(alive, 4);
    }
    EXPECT_EQ(alive, 0);
  });
}

TEST_P(Chan, OverAlignedAndLargeElementsKeepTheirValue) {
  struct alignas(64) wide {
    char bytes[192];
  };
  in_main([] {
    auto c = make_chan<wide>(2);
    wide w{};
    w.bytes[191] = 'x';
    c.send(w);
    auto out = c.recv();
    EXPECT_EQ(out->bytes[191], 'x');
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*out) % 64, 0u);
  });
}

TEST_P(Chan, ImpossibleCapacityIsAnError) {
  in_main([] { EXPECT_THROW(make_chan<int>(SIZE_MAX / 2), std::length_error); });
}

// Another goroutine waits through a handle that it does not own, and the last real handle goes:
// defined, a leak.
TEST_P(Chan, LastHandleDroppedWhileSomebodyWaitsInASelect) {
  in_main([] {
    auto other = make_chan<int>();
    auto* dropped = new chan<int>(make_chan<int>());
    auto got = make_chan<int>(1);
    go([=] { got.send(select(recv_case(*dropped), recv_case(other))); });
    await_parked(wait::select);
    delete dropped;
    other.send(1);
    EXPECT_EQ(got.recv(), 1);  // the waiter was the channel's last user, and has freed it
  });
}

TEST_P(Chan, ThreadsTalkToGoroutinesInBothDirections) {
  in_main([] {
    auto to = make_chan<int>();
    auto back = make_chan<int>(3);
    std::thread t([=] {
      for (int v : to) back.send(v * 2);
      back.close();
    });
    go([=] {
      for (int i = 0; i < 100; ++i) to.send(i);
      to.close();
    });
    int n = 0;
    for (int v : back) EXPECT_EQ(v, 2 * n++);
    EXPECT_EQ(n, 100);
    t.join();
  });
}

}  // namespace
}  // namespace gosan::test
