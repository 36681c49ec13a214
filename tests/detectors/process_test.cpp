// Each case of detector_cases as a subprocess: its findings from the result file, its exit status with and without one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_case.hpp"
#include "symbolize/symbolize.hpp"

namespace gosan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The case leaks one goroutine and does nothing else wrong.
void expect_one_leak(const char* name, const char* grade) {
  const outcome o = run_case(name);
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << name << o.errors;
  EXPECT_EQ(o.only().grade, grade) << name;
}

TEST(leaks_at_exit, alike_senders_are_one_finding) {
  const outcome o = run_case("leak_blocked_sends");
  EXPECT_EQ(o.status, 0) << o.errors;  // who collects the result decides
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().count, 2u);
  EXPECT_EQ(o.only().parties.at(0).state, "chan send");
  EXPECT_EQ(o.only().parties.at(0).name, "sender");
  EXPECT_FALSE(o.only().parties.at(0).stack.empty());
  EXPECT_FALSE(o.only().parties.at(0).created_at.empty());
  EXPECT_FALSE(o.only().objects.at(0).created_at.empty());
}

TEST(leaks_at_exit, a_program_alone_prints_them_and_exits_with_66) {
  const outcome o = run_case("leak_blocked_sends", "", false);
  EXPECT_EQ(o.status, 66);
  EXPECT_THAT(o.errors, HasSubstr("goroutine-leak"));
  EXPECT_THAT(o.errors, HasSubstr("chan send"));
}

TEST(leaks_at_exit, the_twin_is_silent) {
  const outcome o = run_case("leak_none", "", false);
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.errors, "");
  EXPECT_THAT(run_case("leak_none").kinds(), IsEmpty());
}

TEST(leaks_at_exit, a_timer_may_still_wake_the_last_within_the_grace) {
  EXPECT_THAT(run_case("leak_none_after_a_timer", "leak_grace=10000").kinds(), IsEmpty());
  const outcome o = run_case("leak_until_a_far_timer", "leak_grace=20");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "alive");
}

TEST(leaks_at_exit, daemons_are_none) { EXPECT_THAT(run_case("leak_daemon").kinds(), IsEmpty()); }

TEST(leaks_at_exit, a_detector_that_is_off_is_silent) {
  EXPECT_THAT(run_case("leak_blocked_sends", "detect=race").kinds(), IsEmpty());
}

TEST(leaks_at_exit, a_select_names_its_channels) {
  const outcome o = run_case("leak_select");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().parties.at(0).state, "select");
}

TEST(leaks_at_exit, a_channel_that_nobody_can_reach_is_a_proof) {
  const outcome o = run_case("leak_proven");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "proven");
  EXPECT_THAT(o.only().notes, Contains(HasSubstr("nothing that can still run can reach")));
}

TEST(leaks_at_exit, a_channel_that_lies_beside_one_in_reach_is_a_proof) {
  const outcome o = run_case("leaks_beside_kept_channels");
  std::uint64_t proven = 0;
  // Two of them may be told as a ring, by what an earlier goroutine has left on their stacks: that is a proof as well.
  for (const finding& f : o.result.found.findings)
    proven += f.kind == finding_kind::partial_deadlock ? f.parties.size() : f.grade == "proven" ? f.count : 0;
  EXPECT_EQ(proven, 20u) << o.errors;
}

TEST(leaks_at_exit, a_channel_in_a_global_is_no_proof) {
  expect_one_leak("leak_of_a_global_channel", "alive");
}

TEST(leaks_at_exit, a_channel_in_an_arena_of_the_program_is_no_proof) {
  expect_one_leak("leak_of_a_channel_in_an_arena", "alive");
  expect_one_leak("leak_of_a_channel_in_shared_memory", "alive");
  expect_one_leak("leak_out_of_an_arena", "proven");
}

TEST(leaks_at_exit, a_channel_in_a_thread_local_variable_of_a_worker_is_no_proof) {
  expect_one_leak("leak_of_a_channel_of_a_thread", "alive");
  expect_one_leak("leak_out_of_a_thread", "proven");
}

TEST(leaks_at_any_time, who_is_in_a_handler_on_another_stack_knows_what_its_own_holds) {
  const outcome o = run_case("leak_of_a_channel_behind_a_handler");
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_THAT(o.kinds(), IsEmpty()) << o.errors;
  EXPECT_THAT(run_case("leak_beside_a_handler").kinds(), ElementsAre("goroutine-leak"));
}

TEST(leaks_at_exit, a_channel_whose_address_epoll_has_is_no_proof) {
  expect_one_leak("leak_of_a_channel_of_the_kernel", "alive");
  expect_one_leak("leak_out_of_the_kernel", "proven");
}

// Of the timers and queues it was in nothing may be left in the scheduler's books that leads to its stack.
TEST(leaks_at_exit, waits_that_are_over_keep_nobody_alive) {
  expect_one_leak("leak_after_waits", "proven");
}

TEST(leaks_at_exit, a_nil_channel_is_a_proof) {
  expect_one_leak("leak_nil_channel", "proven");
}

TEST(leaks_from_code, with_and_without_what_is_ignored) {
  const outcome o = run_case("leaks_from_code");
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_THAT(o.kinds(), IsEmpty());
}

TEST(leaks_from_code, the_scope_that_leaks_is_named) {
  const outcome o = run_case("leak_in_a_scope");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().scope, "leaky");
}

TEST(locks, orders_that_can_deadlock) {
  EXPECT_THAT(run_case("lock_order_right").kinds(), IsEmpty());
  const outcome o = run_case("lock_order_wrong");
  ASSERT_THAT(o.kinds(), ElementsAre("lock-order")) << o.errors;
  EXPECT_EQ(o.only().parties.size(), 2u);
  EXPECT_FALSE(o.only().parties.at(0).stack.empty());
  EXPECT_FALSE(o.only().parties.at(0).locks.at(0).acquired_at.empty());
}

TEST(locks, taken_twice_by_one) {
  const outcome o = run_case("double_lock");
  ASSERT_THAT(o.kinds(), ElementsAre("double-lock")) << o.errors;
  EXPECT_EQ(o.only().parties.at(0).name, "twice");
  EXPECT_THAT(run_case("upgrade").kinds(), ElementsAre("double-lock"));
}

TEST(locks, who_waits_behind_one_that_took_it_twice_is_named_there) {
  for (const auto& [name, text] : {std::pair("double_lock_and_another", "which it holds itself"),
                                   std::pair("double_read_and_a_writer", "which it has read-locked itself, behind goroutine ")}) {
    const outcome o = run_case(name, "gomaxprocs=1");
    ASSERT_THAT(o.kinds(), ElementsAre("double-lock")) << name << o.errors;
    EXPECT_THAT(o.only().message, HasSubstr(text));
    EXPECT_THAT(o.only().notes, ElementsAre(HasSubstr("waits behind it in shared_mutex lock")));
  }
  for (const char* name : {"one_lock_and_another", "one_read_and_a_writer"})
    EXPECT_THAT(run_case(name, "gomaxprocs=1").kinds(), IsEmpty()) << name;
}

TEST(locks, goroutines_that_wait_for_each_other_while_main_goes_on) {
  const outcome o = run_case("partial_deadlock");
  EXPECT_THAT(o.kinds(), Contains("partial-deadlock")) << o.errors;
  EXPECT_THAT(o.kinds(), Not(Contains("goroutine-leak")));
}

TEST(locks, a_ring_through_a_channel) {
  const outcome o = run_case("partial_deadlock_of_lock_and_channel");
  EXPECT_THAT(o.kinds(), ElementsAre("partial-deadlock")) << o.errors;
}

TEST(deadlock, all_asleep_is_a_finding_and_status_2) {
  const outcome o = run_case("all_asleep");
  EXPECT_EQ(o.status, 2);
  ASSERT_THAT(o.kinds(), ElementsAre("deadlock")) << o.errors;
  EXPECT_EQ(o.only().parties.size(), 2u);
  EXPECT_THAT(o.errors, HasSubstr("all goroutines are asleep - deadlock!"));
}

TEST(misuse, each_names_its_kind) {
  EXPECT_THAT(run_case("send_on_closed").kinds(), ElementsAre("send-on-closed"));
  EXPECT_THAT(run_case("close_of_closed").kinds(), ElementsAre("close-of-closed"));
  EXPECT_THAT(run_case("negative_counter").kinds(), ElementsAre("wait-group-misuse"));
  EXPECT_THAT(run_case("unlock_of_unlocked").kinds(), ElementsAre("double-lock"));
  EXPECT_THAT(run_case("closed_once_and_drained").kinds(), IsEmpty());
}

bool through(const party& p, std::string_view function) {
  std::vector<symbolize::address> at;
  for (const frame& f : p.stack) at.push_back({f.module, f.offset});
  for (const auto& group : symbolize::look_up(at))
    for (const auto& l : group)
      if (l.function.find(function) != std::string::npos) return true;
  return false;
}

TEST(misuse, a_waiting_sender_and_the_closer_have_stacks_of_their_own) {
  const outcome o = run_case("send_on_closed_while_waiting", "detect=leak");
  ASSERT_THAT(o.kinds(), ElementsAre("send-on-closed")) << o.errors;
  const auto& parties = o.only().parties;
  ASSERT_EQ(parties.size(), 2u);
  EXPECT_NE(parties[0].goroutine, parties[1].goroutine);
  EXPECT_TRUE(through(parties[0], "sends_to_it"));
  EXPECT_FALSE(through(parties[0], "closes_it"));
  EXPECT_TRUE(through(parties[1], "closes_it"));
  EXPECT_FALSE(through(parties[1], "sends_to_it"));
}

TEST(fatal, a_panic_is_a_finding_with_its_text) {
  const outcome o = run_case("panic");
  EXPECT_EQ(o.status, 2);
  ASSERT_THAT(o.kinds(), ElementsAre("unhandled-panic")) << o.errors;
  EXPECT_THAT(o.only().message, HasSubstr("out of cheese"));
  EXPECT_EQ(o.only().parties.at(0).name, "thrower");
}

TEST(fatal, a_panic_of_a_reported_misuse_is_no_second_finding) {
  const outcome o = run_case("panic_of_a_misuse");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.kinds(), ElementsAre("send-on-closed")) << o.errors;
}

TEST(result, exit_from_a_goroutine_keeps_its_status_and_ends_the_result) {
  const outcome o = run_case("exits");
  EXPECT_EQ(o.status, 5);
  EXPECT_THAT(o.result.faults, IsEmpty());
}

TEST(result, a_signal_ends_the_result_with_its_number) {
  const outcome o = run_case("aborts");
  EXPECT_EQ(o.signal, 6);
  EXPECT_THAT(o.result.faults, IsEmpty());
}

}  // namespace
}  // namespace gosan
