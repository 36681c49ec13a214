// The contract of gosan/context.hpp.
#include <stdexcept>

#include "fixture.hpp"

namespace gosan::test {
namespace {

using namespace std::chrono_literals;
GOSAN_ON_PROCESSORS(Context);

TEST_P(Context, BackgroundIsNeverDone) {
  in_main([] {
    context bg = context::background();
    EXPECT_FALSE(bg.done());
    EXPECT_FALSE(bg.err());
    EXPECT_EQ(bg.cause(), nullptr);
    EXPECT_EQ(bg.deadline(), std::nullopt);
    EXPECT_EQ(bg.value<int>(), nullptr);
    EXPECT_EQ(bg, context());
  });
}

TEST_P(Context, CancelReachesEverybodyBelowAndNobodyAbove) {
  in_main([] {
    auto [root, cancel_root] = with_cancel(context::background());
    auto [middle, cancel_middle] = with_cancel(with_value<int>(root, 1));
    auto [leaf, cancel_leaf] = with_cancel(middle);
    wait_group wg;
    wg.go([leaf = leaf] { EXPECT_FALSE(leaf.done().recv()); });
    await_parked(wait::chan_recv);
    cancel_middle();
    wg.wait();
    EXPECT_EQ(middle.err(), errc::canceled);
    EXPECT_EQ(leaf.err(), errc::canceled);
    EXPECT_FALSE(root.err());
    cancel_middle();  // nothing more happens
    cancel_root();
    cancel_leaf();
  });
}

TEST_P(Context, ChildOfADoneContextIsDone) {
  in_main([] {
    auto [ctx, cancel] = with_cancel_cause(context::background());
    cancel(std::runtime_error("because"));
    auto [child, cancel_child] = with_cancel(ctx);
    EXPECT_EQ(child.err(), errc::canceled);
    EXPECT_FALSE(child.done().recv());
    try {
      std::rethrow_exception(child.cause());
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "because");
    }
    cancel_child();
  });
}

TEST_P(Context, CauseIsTheFirstGivenOrTheError) {
  in_main([] {
    auto [a, cancel_a] = with_cancel_cause(context::background());
    cancel_a(std::make_error_code(std::errc::io_error));
    cancel_a(std::runtime_error("late"));
    EXPECT_THROW(std::rethrow_exception(a.cause()), std::system_error);
    auto [b, cancel_b] = with_cancel(context::background());
    cancel_b();
    try {
      std::rethrow_exception(b.cause());
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), errc::canceled);
    }
  });
}

TEST_P(Context, DeadlineComesByItself) {
  in_main([] {
    auto [ctx, cancel] = with_timeout(context::background(), 1ms);
    EXPECT_TRUE(ctx.deadline().has_value());
    EXPECT_FALSE(ctx.done().recv());
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
    cancel();
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
  });
}

TEST_P(Context, PastDeadlineIsDoneAtOnceAndAnEarlierParentWins) {
  in_main([] {
    auto past = std::chrono::steady_clock::now() - 1s;
    auto [ctx, cancel] = with_deadline(context::background(), past);
    EXPECT_EQ(ctx.err(), errc::deadline_exceeded);
    auto [early, cancel_early] = with_timeout(context::background(), 1h);
    auto [late, cancel_late] = with_timeout(early, 2h);
    EXPECT_EQ(late.deadline(), early.deadline());
    cancel_late();
    cancel_early();
    cancel();
  });
}

TEST_P(Context, WithoutCancelKeepsTheValuesOnly) {
  in_main([] {
    auto [ctx, cancel] = with_timeout(with_value<int>(context::background(), 5), 1h);
    context free = without_cancel(ctx);
    cancel();
    EXPECT_FALSE(free.err());
    EXPECT_FALSE(free.done());
    EXPECT_EQ(free.deadline(), std::nullopt);
    EXPECT_EQ(*free.value<int>(), 5);
  });
}

struct user_key {
  using type = std::string;
};

TEST_P(Context, ValuesAreFoundByKeyNearestFirst) {
  in_main([] {
    context a = with_value<user_key>(context::background(), "outer");
    context b = with_value<int>(a, 3);
    context c = with_value<user_key>(b, "inner");
    EXPECT_EQ(*c.value<user_key>(), "inner");
    EXPECT_EQ(*b.value<user_key>(), "outer");
    EXPECT_EQ(*c.value<int>(), 3);
    EXPECT_EQ(c.value<long>(), nullptr);
  });
}

TEST_P(Context, AfterFuncRunsOnceItIsDone) {
  in_main([] {
    auto [ctx, cancel] = with_cancel(context::background());
    auto ran = make_chan<int>(2);
    after_func(ctx, [ran] { ran.send(1); });
    auto stop = after_func(ctx, [ran] { ran.send(2); });
    EXPECT_TRUE(stop());
    EXPECT_FALSE(stop());
    cancel();
    EXPECT_EQ(ran.recv(), 1);
    auto late = after_func(ctx, [ran] { ran.send(3); });
    EXPECT_EQ(ran.recv(), 3);
    EXPECT_FALSE(late());
    EXPECT_EQ(ran.len(), 0u);
  });
}

// Counts what lives: a context frees its values when its last handle goes.
TEST_P(Context, DroppedContextsAreFreed) {
  in_main([] {
    auto token = std::make_shared<int>(1);
    auto [root, cancel] = with_cancel(context::background());
    {
      context ctx = root;
      for (int i = 0; i < 20000; ++i)
        ctx = with_value<std::shared_ptr<int>>(ctx, token);  // no recursion in the end
      EXPECT_EQ(token.use_count(), 20001);
      for (int i = 0; i < 100; ++i) {
        auto [child, cancel_child] = with_cancel(ctx);
        (void)cancel_child;
      }
      auto [timed, cancel_timed] = with_timeout(ctx, 1h);
      cancel_timed();
      auto stop = after_func(ctx, [token] {});
      EXPECT_TRUE(stop());
    }
    EXPECT_EQ(token.use_count(), 1);
    cancel();
  });
}

TEST_P(Context, DoneChannelAloneKeepsTheContext) {
  in_main([] {
    auto [root, cancel] = with_cancel(context::background());
    recv_chan<void> done = with_cancel(root).ctx.done();  // NOLINT(gosan-lost-cancel)
    EXPECT_EQ(done.try_recv(), recv_status::empty);
    cancel();
    EXPECT_FALSE(done.recv());
  });
}

TEST_P(Context, CancelledFromManySidesAtOnce) {
  in_main([] {
    for (int round = 0; round < 50; ++round) {
      auto [root, cancel_root] = with_cancel(context::background());
      wait_group wg;
      for (int i = 0; i < 8; ++i) {
        auto [child, cancel] = with_timeout(root, std::chrono::microseconds(i * 10));
        wg.go([child = child] { child.done().recv(); });
        wg.go([cancel = cancel] { cancel(); });
      }
      wg.go([cancel = cancel_root] { cancel(); });
      wg.wait();
    }
  });
}

}  // namespace
}  // namespace gosan::test
