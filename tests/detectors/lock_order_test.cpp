// Each order that can deadlock beside its near misses.
#include <gtest/gtest.h>

#include "fake_environment.hpp"
#include "sync/locks.hpp"

namespace gosan::sync {
namespace {

using events::event;
using events::lock_mode;
using enum events::kind;

// Fed by events alone, and by the shorter way wherever it does: with the same verdicts.
class lock_order : public ::testing::TestWithParam<bool> {
 protected:
  void feed(const event& e) {
    env.now += 1;
    detector->on_event(e);
    objects->on_event(e);
  }
  void lock(events::actor_id g, events::object_id l, lock_mode m = lock_mode::write, std::uint16_t flags = 0) {
    if (GetParam() && m == lock_mode::write && testing::take_alone(*detector, env, g, l, flags)) return;
    feed({.what = lock_acquire, .flags = flags, .g = g, .obj = l, .a = static_cast<std::uint64_t>(m)});
  }
  void unlock(events::actor_id g, events::object_id l, lock_mode m = lock_mode::write) {
    if (GetParam() && m == lock_mode::write && testing::give_up_last(*detector, g, l)) return;
    feed({.what = lock_release, .g = g, .obj = l, .a = static_cast<std::uint64_t>(m)});
  }
  void both(events::actor_id g, events::object_id a, events::object_id b, lock_mode ma = lock_mode::write, lock_mode mb = lock_mode::write) {
    lock(g, a, ma), lock(g, b, mb), unlock(g, b, mb), unlock(g, a, ma);
  }
  void spawn(events::actor_id by, events::actor_id g) { feed({.what = go_create, .g = by, .obj = g}); }
  void done(events::actor_id g, events::object_id wg) { feed({.what = wg_done, .g = g, .obj = wg}); }
  void waited(events::actor_id g, events::object_id wg) { feed({.what = wg_wait, .g = g, .obj = wg}); }

  std::unique_ptr<object_table> objects = std::make_unique<object_table>();
  gosan::testing::fake_environment env;
  std::unique_ptr<lock_detector> detector = std::make_unique<lock_detector>(*objects, env);
};

constexpr events::object_id a = 1, b = 2, c = 3, gate = 4, wg = 9;
constexpr auto read = lock_mode::read, write = lock_mode::write;

TEST_P(lock_order, the_shorter_way_is_for_a_lock_known_and_no_other_held) {
  const auto take = [this](events::actor_id g, events::object_id l) { return testing::take_alone(*detector, env, g, l, 0); };
  EXPECT_FALSE(take(11, a));  // nobody knows it yet
  feed({.what = lock_acquire, .g = 11, .obj = a});
  EXPECT_FALSE(take(11, b));
  EXPECT_TRUE(testing::give_up_last(*detector, 11, a));
  EXPECT_FALSE(testing::give_up_last(*detector, 11, a));  // held no more
  EXPECT_TRUE(take(11, a));
  EXPECT_EQ(detector->owner_of(a), 11u);
  ASSERT_EQ(detector->held_by(11).size(), 1u);
  EXPECT_EQ(detector->held_by(11)[0].acquired_at.at(0).pc, env.now);
  EXPECT_FALSE(testing::give_up_last(*detector, 12, a));  // not his
}

TEST_P(lock_order, the_shortest_way_is_for_the_lock_of_the_last_time) {
  const auto again = [this](events::actor_id g, events::object_id l) {
    return detector->take_again(*detector->book_of(g), g, l, false, [](std::span<std::uintptr_t>) { return std::size_t{0}; });
  };
  EXPECT_EQ(detector->book_of(11), nullptr);
  for (events::object_id l : {a, b}) feed({.what = lock_acquire, .g = 11, .obj = l}), feed({.what = lock_release, .g = 11, .obj = l});
  EXPECT_FALSE(again(11, a));
  EXPECT_TRUE(again(11, b));
  EXPECT_FALSE(again(11, b));  // held
  EXPECT_TRUE(testing::give_up_last(*detector, 11, b));
  EXPECT_TRUE(testing::take_alone(*detector, env, 11, a, 0));
  EXPECT_EQ(detector->owner_of(a), 11u);
  EXPECT_EQ(detector->owner_of(b), 0u);
  EXPECT_TRUE(testing::give_up_last(*detector, 11, a));
  EXPECT_TRUE(again(11, a));
}

TEST_P(lock_order, those_of_a_page_who_ended_are_forgotten_but_for_one_who_holds_a_lock) {
  const auto live_and_end = [this](events::actor_id g, bool unlocks) {
    lock(g, a);
    if (unlocks) unlock(g, a);
    feed({.what = go_end, .g = g});
  };
  for (events::actor_id g = 1024; g < 2048; ++g) live_and_end(g, true);
  for (events::actor_id g = 2048; g < 3072; ++g) live_and_end(g, g != 3000);
  for (events::actor_id first : {1024, 2048, 4096}) detector->forget_actors(first);
  EXPECT_FALSE(detector->ended_holding(1500));
  EXPECT_TRUE(detector->ended_holding(2050));
  EXPECT_TRUE(detector->ended_holding(3000));
  EXPECT_EQ(detector->book_of(1500), nullptr);
  for (events::actor_id g = 5120; g < 7168; ++g) {  // the page of the first ones serves these
    lock(g, b);
    ASSERT_EQ(detector->owner_of(b), g);
    unlock(g, b);
  }
}

// Another goroutine has unlocked it: what is remembered of the lock in the book is no reason to conclude that it can be held again.
TEST_P(lock_order, the_shorter_way_is_not_for_a_signal) {
  for (events::actor_id g : {11, 12}) feed({.what = lock_acquire, .g = g, .obj = a}), feed({.what = lock_release, .g = g, .obj = a});
  EXPECT_TRUE(testing::take_alone(*detector, env, 11, a, 0));
  feed({.what = lock_release, .g = 12, .obj = a});
  EXPECT_TRUE(testing::give_up_last(*detector, 11, a));  // it is in his list still
  EXPECT_FALSE(testing::take_alone(*detector, env, 11, a, 0));
  EXPECT_TRUE(detector->is_signal(a));
}

TEST_P(lock_order, both_orders_by_two_goroutines_that_never_overlapped) {
  both(11, a, b);
  both(12, b, a);
  ASSERT_EQ(env.found.size(), 1u);
  const finding& f = env.found[0];
  EXPECT_EQ(f.kind, finding_kind::lock_order);
  ASSERT_EQ(f.parties.size(), 2u);
  EXPECT_EQ(f.parties[0].goroutine, 12u);
  EXPECT_EQ(f.parties[0].role, "takes mutex #1 while it holds mutex #2");
  EXPECT_EQ(f.parties[1].goroutine, 11u);
  EXPECT_FALSE(f.parties[1].locks.at(0).acquired_at.empty());
}

TEST_P(lock_order, reported_once) {
  for (int i = 0; i < 3; ++i) both(11, a, b), both(12, b, a);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, one_order_is_silent) {
  both(11, a, b);
  both(12, a, b);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, one_goroutine_alone_is_silent) {
  both(11, a, b);
  both(11, b, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, three_goroutines_in_a_ring) {
  both(11, a, b);
  both(12, b, c);
  EXPECT_TRUE(env.found.empty());
  both(13, c, a);
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].parties.size(), 3u);
}

TEST_P(lock_order, two_goroutines_cannot_make_a_ring_of_three) {
  both(11, a, b);
  both(11, b, c);
  both(12, c, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, a_common_gate_keeps_them_apart) {
  lock(11, gate), both(11, a, b), unlock(11, gate);
  lock(12, gate), both(12, b, a), unlock(12, gate);
  EXPECT_TRUE(env.found.empty());
  both(13, b, a);  // without the gate
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, a_gate_that_is_only_read_keeps_nobody_apart) {
  lock(11, gate, read), both(11, a, b), unlock(11, gate, read);
  lock(12, gate, read), both(12, b, a), unlock(12, gate, read);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, ordered_by_start_is_silent) {
  both(11, a, b);
  spawn(11, 12);
  both(12, b, a);
  EXPECT_TRUE(env.found.empty());
  both(11, a, b);  // after the start: now they can meet
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, ordered_by_join_is_silent) {
  spawn(11, 12);
  both(12, b, a);
  done(12, wg);
  waited(11, wg);
  both(11, a, b);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, ordered_by_a_message_is_silent) {
  both(11, a, b);
  feed({.what = chan_sync, .flags = events::flag_g_sends, .g = 11, .obj = 7, .b = 12});
  both(12, b, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, a_lock_handed_over_orders_nothing) {
  both(11, a, b);
  lock(11, c), unlock(11, c);
  lock(12, c), unlock(12, c);
  both(12, b, a);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, try_lock_waits_for_nothing) {
  both(11, a, b);
  lock(12, b), lock(12, a, write, events::flag_try), unlock(12, a), unlock(12, b);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, what_try_lock_got_is_held_all_the_same) {
  both(11, a, b);
  lock(12, b, write, events::flag_try), lock(12, a), unlock(12, a), unlock(12, b);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, two_readers_do_not_wait_for_each_other) {
  both(11, a, b, read, read);
  both(12, b, a, read, read);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, one_writer_on_each_lock_is_enough) {
  both(11, a, b, read, write);
  both(12, b, a, read, write);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, released_before_is_silent) {
  lock(11, a), unlock(11, a), lock(11, b), unlock(11, b);
  both(12, b, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, unlocked_by_another_is_not_held_any_more) {
  lock(11, a);
  unlock(12, a);
  lock(11, b), unlock(11, b);
  both(12, b, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, a_destroyed_lock_takes_its_orders_along) {
  both(11, a, b);
  feed({.what = obj_destroy, .g = 11, .obj = b});
  both(12, b, a);
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, many_held_at_once) {
  for (events::object_id l = 100; l < 120; ++l) lock(11, l);
  for (events::object_id l = 120; l-- > 100;) unlock(11, l);
  EXPECT_TRUE(env.found.empty());
  both(12, 119, 100);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, of_very_many_held_the_latest_tell_the_order) {
  for (events::object_id l = 100; l < 300; ++l) lock(11, l);
  for (events::object_id l = 300; l-- > 100;) unlock(11, l);
  both(12, 200, 201);
  EXPECT_TRUE(env.found.empty());
  both(12, 202, 201);
  EXPECT_EQ(env.found.size(), 1u);
}

// A service that locks each of its sessions under one lock, makes and ends sessions, and waits for the goroutines that served them.
TEST_P(lock_order, locks_that_are_gone_leave_the_rest_as_it_was) {
  for (events::actor_id g = 100; g < 3000; ++g) {
    both(g, a, g);
    feed({.what = obj_destroy, .obj = g});
    done(g, wg);
    feed({.what = go_end, .g = g});
  }
  both(11, a, b);
  EXPECT_TRUE(env.found.empty());
  both(12, b, a);
  EXPECT_EQ(env.found.size(), 1u);
}

std::size_t told_of_after(bool marks_are_kept) {
  const auto clocks = std::make_unique<order_clocks>();
  for (events::actor_id g = 100; g < 3000; ++g) {
    clocks->mark(g);
    clocks->on_event({.what = wg_done, .g = g, .obj = wg});
    if (!marks_are_kept) clocks->unmark(g);
    clocks->on_event({.what = go_end, .g = g});
  }
  clocks->on_event({.what = wg_wait, .g = 11, .obj = wg});
  return clocks->past_of(11).size();
}

TEST(order_clocks, tell_nothing_for_long_of_the_ended_whose_marks_are_gone) {
  EXPECT_EQ(told_of_after(true), 2900u);
  EXPECT_LT(told_of_after(false), 200u);
}

TEST_P(lock_order, a_busy_program_of_one_order_stays_silent_and_small) {
  for (unsigned i = 0; i < 5000; ++i) {
    const events::actor_id g = 11 + i % 40;
    both(g, a, b);
    feed({.what = chan_sync, .flags = events::flag_g_sends, .g = g, .obj = 7, .b = 11 + (i + 1) % 40});
  }
  EXPECT_TRUE(env.found.empty());
}

TEST_P(lock_order, a_second_read_lock_with_a_writer_about) {
  lock(11, a, write), unlock(11, a, write);
  lock(12, a, read);
  EXPECT_TRUE(env.found.empty());
  lock(12, a, read);
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::double_lock);
}

TEST_P(lock_order, a_second_read_lock_that_nobody_ever_writes_under) {
  lock(12, a, read), lock(12, a, read), unlock(12, a, read), unlock(12, a, read);
  EXPECT_TRUE(env.found.empty());
}

events::snapshot waits(events::actor_id g, events::object_id on, events::wait_reason why) {
  events::snapshot s;
  events::goroutine_view v;
  v.id = g, v.state = events::goroutine_state::waiting, v.why = why, v.waits_on = on;
  s.goroutines.push_back(v);
  return s;
}

TEST_P(lock_order, waiting_for_what_one_holds) {
  lock(11, a);
  live::iset<events::actor_id> judged;
  detector->judge_self_waits(waits(12, a, events::wait_reason::mutex_lock), judged);
  EXPECT_TRUE(env.found.empty());
  detector->judge_self_waits(waits(11, a, events::wait_reason::mutex_lock), judged);
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::double_lock);
  detector->judge_self_waits(waits(11, a, events::wait_reason::mutex_lock), judged);
  EXPECT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, upgrading_a_read_lock) {
  lock(11, a, read);
  live::iset<events::actor_id> judged;
  detector->judge_self_waits(waits(11, a, events::wait_reason::exclusive_lock), judged);
  ASSERT_EQ(env.found.size(), 1u);
}

TEST_P(lock_order, a_mutex_used_as_a_signal_is_nobodys) {
  lock(11, a);
  unlock(12, a);
  lock(11, a);
  live::iset<events::actor_id> judged;
  detector->judge_self_waits(waits(11, a, events::wait_reason::mutex_lock), judged);
  EXPECT_TRUE(env.found.empty());
}

INSTANTIATE_TEST_SUITE_P(ways, lock_order, ::testing::Bool(), [](const auto& way) { return way.param ? "without_events" : "by_events"; });

}  // namespace
}  // namespace gosan::sync
