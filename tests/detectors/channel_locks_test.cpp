// A wait at a channel under a lock that the channel's other end takes, beside its near misses.
#include <gtest/gtest.h>

#include "fake_environment.hpp"
#include "sync/locks.hpp"

namespace gosan::sync {
namespace {

using events::event;
using events::lock_mode;
using events::wait_reason;
using enum events::kind;

constexpr events::object_id channel = 1, m = 2, other_lock = 3, group = 4;
constexpr events::actor_id main_ = 10, sender = 11, receiver = 12, helper = 13;

// Fed by events alone, and by the shorter way wherever it does: with the same verdicts.
class channel_locks : public ::testing::TestWithParam<bool> {
 protected:
  void feed(const event& e) {
    env.now += 1;
    detector->on_event(e);
    objects->on_event(e);
  }
  void lock(events::actor_id g, events::object_id l = m, lock_mode mode = lock_mode::write, std::uint16_t flags = 0) {
    if (GetParam() && mode == lock_mode::write && testing::take_alone(*detector, env, g, l, flags)) return;
    feed({.what = lock_acquire, .flags = flags, .g = g, .obj = l, .a = static_cast<std::uint64_t>(mode)});
  }
  void unlock(events::actor_id g, events::object_id l = m, lock_mode mode = lock_mode::write) {
    if (GetParam() && mode == lock_mode::write && testing::give_up_last(*detector, g, l)) return;
    feed({.what = lock_release, .g = g, .obj = l, .a = static_cast<std::uint64_t>(mode)});
  }
  void lock_and_unlock(events::actor_id g, events::object_id l = m, lock_mode mode = lock_mode::write, std::uint16_t flags = 0) {
    lock(g, l, mode, flags), unlock(g, l, mode);
  }
  void wait(events::actor_id g, wait_reason why = wait_reason::chan_send) {
    feed({.what = park, .g = g, .obj = channel, .a = static_cast<std::uint64_t>(why), .b = 1});
  }
  // `g` comes to the parked one and takes what it sends.
  void take_from(events::actor_id parked, events::actor_id g) { feed({.what = chan_sync, .g = g, .obj = channel, .b = parked}); }
  void give_to(events::actor_id parked, events::actor_id g) {
    feed({.what = chan_sync, .flags = events::flag_g_sends, .g = g, .obj = channel, .b = parked});
  }
  void send_under_lock(events::actor_id g, events::actor_id taken_by, lock_mode mode = lock_mode::write) {
    lock(g, m, mode);
    wait(g);
    take_from(g, taken_by);
    unlock(g, m, mode);
  }
  void end() { feed({.what = chan_drop, .g = main_, .obj = channel}); }

  std::unique_ptr<object_table> objects = std::make_unique<object_table>();
  gosan::testing::fake_environment env;
  std::unique_ptr<lock_detector> detector = std::make_unique<lock_detector>(*objects, env);
};

TEST_P(channel_locks, the_receiver_takes_the_lock_between_two_receives) {
  send_under_lock(sender, receiver);
  lock_and_unlock(receiver);
  send_under_lock(sender, receiver);
  EXPECT_TRUE(env.found.empty());  // somebody may still come without the lock
  end();
  ASSERT_EQ(env.found.size(), 1u);
  const finding& f = env.found[0];
  EXPECT_EQ(f.kind, finding_kind::lock_order);
  ASSERT_EQ(f.parties.size(), 2u);
  EXPECT_EQ(f.parties[0].goroutine, sender);
  EXPECT_FALSE(f.parties[0].locks.at(0).acquired_at.empty());
  EXPECT_EQ(f.parties[1].goroutine, receiver);
  EXPECT_FALSE(f.parties[1].stack.empty());
}

TEST_P(channel_locks, told_when_the_program_ends_and_once) {
  for (int i = 0; i < 100; ++i) send_under_lock(sender, receiver), lock_and_unlock(receiver);
  detector->judge_channels();
  detector->judge_channels();
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(channel_locks, one_who_comes_without_the_lock_can_help) {
  send_under_lock(sender, receiver);
  lock_and_unlock(receiver);
  send_under_lock(sender, receiver);
  send_under_lock(sender, helper);
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, the_same_without_the_lock_is_silent) {
  for (int i = 0; i < 3; ++i) {
    lock_and_unlock(sender);
    wait(sender);
    take_from(sender, receiver);
    lock_and_unlock(receiver);
  }
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, another_lock_is_silent) {
  for (int i = 0; i < 3; ++i) send_under_lock(sender, receiver), lock_and_unlock(receiver, other_lock);
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, the_lock_after_the_last_receive_only) {
  send_under_lock(sender, receiver);
  lock_and_unlock(receiver);
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, a_lock_that_is_only_tried) {
  for (int i = 0; i < 3; ++i) send_under_lock(sender, receiver), lock_and_unlock(receiver, m, lock_mode::write, events::flag_try);
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, both_only_read) {
  for (int i = 0; i < 3; ++i) send_under_lock(sender, receiver, lock_mode::read), lock_and_unlock(receiver, m, lock_mode::read);
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, the_receiver_writes_what_the_sender_reads) {
  for (int i = 0; i < 3; ++i) send_under_lock(sender, receiver, lock_mode::read), lock_and_unlock(receiver);
  end();
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(channel_locks, a_select_tells_nothing) {
  for (int i = 0; i < 3; ++i) {
    lock(sender);
    wait(sender, wait_reason::select);
    take_from(sender, receiver);
    unlock(sender);
    lock_and_unlock(receiver);
  }
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, a_receive_under_the_lock_that_the_sender_takes) {
  for (int i = 0; i < 2; ++i) {
    lock_and_unlock(sender);
    lock(receiver);
    wait(receiver, wait_reason::chan_recv);
    give_to(receiver, sender);
    unlock(receiver);
  }
  end();
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].parties.at(0).goroutine, receiver);
}

// The receiver's turn with the lock is over before the sender's begins, in every run: the sender waits for the group.
TEST_P(channel_locks, ordered_by_a_wait_group) {
  for (int i = 0; i < 3; ++i) {
    lock(sender);
    wait(sender);
    take_from(sender, receiver);
    unlock(sender);
    lock_and_unlock(receiver);
    feed({.what = wg_done, .g = receiver, .obj = group});
    feed({.what = wg_wait, .g = sender, .obj = group});
  }
  end();
  EXPECT_TRUE(env.found.empty());
}

// The helper gives up, for the one who waits, the lock that he has taken.
TEST_P(channel_locks, a_lock_that_another_unlocks_is_not_held) {
  for (int i = 0; i < 3; ++i) {
    lock(receiver);
    wait(receiver, wait_reason::chan_recv);
    unlock(helper);
    lock(helper);
    give_to(receiver, helper);
    unlock(receiver);
  }
  end();
  EXPECT_TRUE(env.found.empty());
}

TEST_P(channel_locks, through_a_buffer) {
  for (int i = 0; i < 3; ++i) {
    lock(sender);
    wait(sender);
    feed({.what = chan_recv, .g = receiver, .obj = channel});
    feed({.what = chan_send, .g = sender, .obj = channel});
    unlock(sender);
    lock_and_unlock(receiver);
  }
  end();
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(channel_locks, whoever_closes_it_ends_the_wait) {
  lock(receiver);
  wait(receiver, wait_reason::chan_recv);
  feed({.what = chan_close, .g = sender, .obj = channel});
  unlock(receiver);
  end();
  EXPECT_TRUE(env.found.empty());
}

INSTANTIATE_TEST_SUITE_P(ways, channel_locks, ::testing::Bool(), [](const auto& way) { return way.param ? "without_events" : "by_events"; });

}  // namespace
}  // namespace gosan::sync
