// The contract of gosan/select.hpp.
#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(Select);

TEST_P(Select, TakesTheOnlyReadyCaseAndReturnsItsIndex) {
  in_main([] {
    auto a = make_chan<int>(1), b = make_chan<int>(1);
    b.send(4);
    int seen = 0;
    EXPECT_EQ(select(recv_case(a), recv_case(b, [&](std::optional<int> v) { seen = *v; })), 1);
    EXPECT_EQ(seen, 4);
  });
}

TEST_P(Select, FillsAVariableSoThatTheCallerCanSwitch) {
  in_main([] {
    auto a = make_chan<std::string>(1);
    auto signal = make_chan<void>();
    std::optional<std::string> s;
    bool open = true;
    a.send("x");
    EXPECT_EQ(select(recv_case(a, s), recv_case(signal, open)), 0);
    EXPECT_EQ(s, "x");
    signal.close();
    EXPECT_EQ(select(recv_case(a, s), recv_case(signal, open)), 1);
    EXPECT_FALSE(open);
  });
}

TEST_P(Select, SendsWhenThereIsRoom) {
  in_main([] {
    auto full = make_chan<int>(), room = make_chan<int>(1);
    bool sent = false;
    EXPECT_EQ(select(send_case(full, 1), send_case(room, 2, [&] { sent = true; })), 1);
    EXPECT_TRUE(sent);
    EXPECT_EQ(room.recv(), 2);
  });
}

TEST_P(Select, DefaultIsTakenOnlyWhenNothingIsReady) {
  in_main([] {
    auto c = make_chan<int>(1);
    int fell_through = 0;
    auto poll = [&] { return select(default_case([&] { ++fell_through; }), recv_case(c)); };
    EXPECT_EQ(poll(), 0);
    c.send(1);
    EXPECT_EQ(poll(), 1);
    EXPECT_EQ(fell_through, 1);
  });
}

TEST_P(Select, NilChannelsAreNeverReady) {
  in_main([] {
    chan<int> nil;
    EXPECT_EQ(select(recv_case(nil), send_case(nil, 1), default_case()), 2);
    auto c = make_chan<int>(1);
    c.send(1);
    EXPECT_EQ(select(recv_case(nil), recv_case(c)), 1);
  });
}

TEST_P(Select, ClosedChannelIsReadyToReceiveAndPanicsToSend) {
  in_main([] {
    auto c = make_chan<int>();
    c.close();
    std::optional<int> v = 1;
    EXPECT_EQ(select(recv_case(c, v)), 0);
    EXPECT_EQ(v, std::nullopt);
    EXPECT_EQ(panic_of([&] { select(send_case(c, 1), default_case()); }),
              panic_code::send_on_closed);
  });
}

TEST_P(Select, ParkedSelectIsCompletedBySenderReceiverOrClose) {
  in_main([] {
    auto in = make_chan<int>(), out = make_chan<int>();
    auto stop = make_chan<void>();
    auto taken = make_chan<int>(3);
    auto selecting = [=] { taken.send(select(recv_case(in), send_case(out, 9), recv_case(stop))); };
    go(selecting);
    await_parked(wait::select);
    in.send(1);
    EXPECT_EQ(taken.recv(), 0);
    go(selecting);
    await_parked(wait::select);
    EXPECT_EQ(out.recv(), 9);
    EXPECT_EQ(taken.recv(), 1);
    go(selecting);
    await_parked(wait::select);
    stop.close();
    EXPECT_EQ(taken.recv(), 2);
  });
}

TEST_P(Select, ParkedSendCasePanicsWhenItsChannelIsClosed) {
  in_main([] {
    auto c = make_chan<int>(), other = make_chan<int>();
    auto panicked = make_chan<bool>(1);
    go([=] {
      panicked.send(panic_of([&] { select(send_case(c, 1), recv_case(other)); }) ==
                    panic_code::send_on_closed);
    });
    await_parked(wait::select);
    c.close();  // NOLINT(gosan-receiver-close)
    EXPECT_EQ(panicked.recv(), true);
    EXPECT_FALSE(other.try_send(1)) << "the panicked select still stands in the other channel";
  });
}

TEST_P(Select, SendAndReceiveOnOneChannelDoNotMeetThemselves) {
  in_main([] {
    auto c = make_chan<int>();
    auto taken = make_chan<int>(1);
    go([=] { taken.send(select(recv_case(c), send_case(c, 1))); });
    await_parked(wait::select);
    EXPECT_EQ(c.recv(), 1);
    EXPECT_EQ(taken.recv(), 1);
  });
}

TEST_P(Select, TwoSelectsMeet) {
  in_main([] {
    auto a = make_chan<int>(), b = make_chan<int>();
    auto sum = make_chan<int>(2);
    auto side = [=](int me) {
      std::optional<int> got;
      if (select(send_case(a, me), recv_case(b, got), send_case(b, me), recv_case(a, got)) % 2 == 1)
        sum.send(*got);
      else
        sum.send(0);
    };
    go(side, 1);
    go(side, 2);
    int total = *sum.recv() + *sum.recv();
    EXPECT_TRUE(total == 1 || total == 2) << total;
  });
}

TEST_P(Select, HandlersRunWithoutAnyLockAndMayUseTheSameChannels) {
  in_main([] {
    auto a = make_chan<int>(1), b = make_chan<int>(1);
    a.send(1);
    int depth = 0;
    select(recv_case(a,
                     [&](std::optional<int> v) {
                       a.send(*v + 1);
                       select(recv_case(b),
                              recv_case(a, [&](std::optional<int> w) { depth = *w; }));
                       b.close();
                       yield();
                     }),
           recv_case(b));
    EXPECT_EQ(depth, 2);
    EXPECT_FALSE(b.recv().has_value());
  });
}

TEST_P(Select, ExceptionOfAHandlerLeavesTheOperationDone) {
  in_main([] {
    auto a = make_chan<int>(1);
    a.send(1);
    EXPECT_THROW(select(recv_case(a, [](std::optional<int>) { throw 5; })), int);
    EXPECT_EQ(a.len(), 0u);
  });
}

TEST_P(Select, EveryReadyCaseHasItsChance) {
  in_main([] {
    constexpr int cases = 4, rounds = 4000;
    std::vector<chan<int>> c;
    for (int i = 0; i < cases; ++i) c.push_back(make_chan<int>(1));
    chan<int> never;
    std::vector<int> taken(cases + 1);
    for (auto& ch : c) ch.send(0);
    for (int i = 0; i < rounds; ++i) {
      int t = select(recv_case(c[0]), recv_case(never), recv_case(c[1]), recv_case(c[2]),
                     recv_case(c[3]));
      ++taken[static_cast<std::size_t>(t)];
      c[static_cast<std::size_t>(t > 1 ? t - 1 : t)].send(0);
    }
    EXPECT_EQ(taken[1], 0);
    for (int i : {0, 2, 3, 4}) EXPECT_NEAR(taken[static_cast<std::size_t>(i)], rounds / cases, 200);
  });
}

TEST_P(Select, DynamicFormOverManyCases) {
  in_main([] {
    constexpr int n = 100;  // beyond what fits in the frame
    std::vector<chan<int>> channels;
    std::vector<select_case> cases;
    int got = -1;
    for (int i = 0; i < n; ++i) {
      channels.push_back(make_chan<int>());
      cases.push_back(recv_case(channels.back(), [&got](std::optional<int> v) { got = *v; }));
    }
    for (int i : {0, 57, 99}) {
      go([&channels, i] { channels[static_cast<std::size_t>(i)].send(i * 2); });
      EXPECT_EQ(select(cases), i);
      EXPECT_EQ(got, i * 2);
    }
    cases.emplace_back(default_case());
    EXPECT_EQ(select(cases), n);
    cases.emplace_back(default_case());
    EXPECT_THROW(select(cases), std::invalid_argument);
  });
}

TEST_P(Select, DynamicCaseOwnsItsChannelAndItsValue) {
  in_main([] {
    std::vector<select_case> cases;
    recv_chan<std::unique_ptr<int>> in;
    {
      auto c = make_chan<std::unique_ptr<int>>(1);
      in = c;
      cases.push_back(send_case(std::move(c), std::make_unique<int>(3)));
    }
    EXPECT_EQ(select(cases), 0);
    EXPECT_EQ(**in.recv(), 3);
  });
}

TEST_P(Select, ThreadsMaySelect) {
  in_main([] {
    auto a = make_chan<int>();
    auto stop = make_chan<void>();
    int sum = 0;
    std::thread t([&, a, stop] {
      for (bool open = true; open;)
        select(recv_case(a, [&](std::optional<int> v) { sum += *v; }),
               recv_case(stop, [&] { open = false; }));
    });
    for (int i = 0; i < 50; ++i) a.send(1);
    stop.close();
    t.join();
    EXPECT_EQ(sum, 50);
  });
}

}  // namespace
}  // namespace gosan::test
