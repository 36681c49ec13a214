// What the watchdog finds while the program runs, and rings of waits of every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/watch.hpp"
#include "run_case.hpp"

namespace gosan {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(watchdog, proven_leaks_at_intervals_and_on_a_signal) {
  for (const auto& [name, option] : {std::pair("watch_interval", "leak_interval=20"), std::pair("watch_signal", "leak_signal=12")}) {
    const outcome o = run_case(name, option);
    EXPECT_EQ(o.status, 0) << name << o.errors;
    ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << name << o.errors;
    EXPECT_EQ(o.only().grade, "proven");
    EXPECT_EQ(o.only().parties.at(0).name, "abandoned");
  }
}

TEST(watchdog, looks_once_more_when_the_program_is_told_to_end) {
  for (const auto& [name, kind, signal] : {std::tuple("interrupted_deadlock", "partial-deadlock", SIGINT),
                                           std::tuple("terminated_leak", "goroutine-leak", SIGTERM),
                                           std::tuple("interrupted_leak_beside_busy_channels", "goroutine-leak", SIGINT)}) {
    const outcome o = run_case(name);
    EXPECT_EQ(o.signal, signal) << name << o.status << o.errors;
    ASSERT_THAT(o.kinds(), ElementsAre(kind)) << name << o.errors;
    const outcome alone = run_case(name, "", false);
    EXPECT_EQ(alone.signal, signal) << name << alone.status;
    EXPECT_THAT(alone.errors, HasSubstr(kind)) << name;
  }
  EXPECT_EQ(run_case("terminated_leak").only().grade, "proven");
}

TEST(watchdog, a_request_to_end_tells_nothing_of_those_who_can_be_woken) {
  const outcome o = run_case("interrupted_without_a_leak");
  EXPECT_EQ(o.signal, SIGINT) << o.status << o.errors;
  EXPECT_THAT(o.kinds(), IsEmpty()) << o.errors;
}

TEST(watchdog, looks_end_no_sleep) {
  for (const char* name : {"watch_sleepers", "watch_a_sleeper_that_is_woken"}) {
    const outcome o = run_case(name, "leak_interval=20");
    EXPECT_EQ(o.status, 0) << name << o.errors;
    EXPECT_THAT(o.kinds(), IsEmpty()) << name << o.errors;
  }
}

TEST(watchdog, proves_while_a_trace_is_written) {
  const std::string trace = ::testing::TempDir() + "gosan_watch_" + std::to_string(getpid()) + ".trace";
  const outcome o = run_case("watch_interval", "leak_interval=20:trace=" + trace);
  std::filesystem::remove(trace);
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "proven");
}

// A program with a million goroutines must not stand still for seconds because its main waits for them.
TEST(watchdog, looks_at_main_later_with_many_goroutines) {
  EXPECT_EQ(live::patience_with_main_ns(0), 1'000'000'000u);
  EXPECT_EQ(live::patience_with_main_ns(2000), 1'000'000'000u);
  EXPECT_EQ(live::patience_with_main_ns(1'000'000), 500'000'000'000u);
}

TEST(watchdog, a_leak_proven_once_is_one_finding) {
  const outcome o = run_case("watch_and_return", "leak_interval=20");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().count, 1u);
  EXPECT_EQ(o.only().grade, "proven");
}

TEST(watchdog, waiting_for_too_long) {
  const outcome o = run_case("watch_stuck", "stuck=40");
  EXPECT_EQ(o.status, 0) << o.errors;
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "stuck");
  EXPECT_EQ(o.only().parties.at(0).name, "patient");
}

TEST(watchdog, holding_for_too_long_and_who_waits_for_it) {
  const outcome o = run_case("watch_held", "lock_limit=40");
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_THAT(o.kinds(), Each(std::string("goroutine-leak"))) << o.errors;
  bool held = false;
  for (const finding& f : o.result.found.findings) {
    EXPECT_EQ(f.grade, "stuck");
    if (f.message.find("has held") == std::string::npos) continue;
    held = true;
    EXPECT_EQ(f.parties.at(0).name, "holder");
    EXPECT_FALSE(f.parties.at(0).stack.empty());
  }
  EXPECT_TRUE(held);
}

TEST(locks_of_threads, a_ring_that_hangs_the_program_ends_it) {
  for (const char* name : {"os_ring", "os_ring_of_two_of_the_system", "os_ring_with_a_thread", "os_ring_through_a_join"}) {
    const outcome o = run_case(name);
    EXPECT_EQ(o.status, 2) << name << o.errors;
    EXPECT_THAT(o.kinds(), Contains("partial-deadlock")) << name << o.errors;
    EXPECT_THAT(o.errors, HasSubstr("all goroutines are asleep - deadlock!")) << name;
  }
}

TEST(locks_of_threads, a_ring_beside_work_is_found_while_the_rest_runs_on) {
  const outcome o = run_case("os_ring_beside_work");
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_THAT(o.kinds(), Contains("partial-deadlock"));
  EXPECT_EQ(run_case("os_lock_twice").status, 0);
}

TEST(locks_of_threads, one_order_is_silent) {
  for (const char* name : {"os_ring_right", "os_ring_with_a_thread_right", "os_ring_through_a_join_right"}) {
    const outcome o = run_case(name);
    EXPECT_EQ(o.status, 0) << name << o.errors;
    EXPECT_THAT(o.kinds(), IsEmpty()) << name << o.errors;
  }
}

TEST(locks_of_threads, a_thread_at_work_can_unlock) {
  const outcome o = run_case("lock_of_a_busy_thread");
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "alive");
}

TEST(watchdog, a_ring_beside_a_ticker_nobody_receives_from_ends_the_program) {
  const outcome o = run_case("ring_beside_a_ticker");
  EXPECT_EQ(o.status, 2) << o.errors;
  ASSERT_THAT(o.kinds(), ElementsAre("partial-deadlock")) << o.errors;
  EXPECT_EQ(o.only().parties.size(), 2u);
  EXPECT_THAT(o.errors, HasSubstr("all goroutines are asleep - deadlock!"));
  EXPECT_THAT(run_case("ring_beside_a_ticker_right").kinds(), IsEmpty());
}

TEST(watchdog, a_main_that_waits_long_but_not_for_ever) {
  for (const char* name : {"main_waits_for_one_with_a_ticker", "main_stays_for_a_timer"}) {
    const outcome o = run_case(name);
    EXPECT_EQ(o.status, 0) << name << o.errors;
    EXPECT_THAT(o.kinds(), IsEmpty()) << name << o.errors;
  }
}

TEST(watchdog, a_main_that_is_lost_while_others_work) {
  const outcome o = run_case("main_is_lost_beside_work");
  EXPECT_EQ(o.status, 0) << o.errors;
  ASSERT_THAT(o.kinds(), ElementsAre("goroutine-leak")) << o.errors;
  EXPECT_EQ(o.only().grade, "proven");
  EXPECT_EQ(o.only().parties.at(0).name, "main");
}

TEST(rings, through_waits_of_every_kind) {
  for (const char* name : {"channels", "group_and_channel", "semaphore_and_channel", "condition_and_channel", "context_and_group",
                           "once_and_channel", "selects"}) {
    const outcome o = run_case(std::string("ring_") + name);
    ASSERT_THAT(o.kinds(), ElementsAre("partial-deadlock")) << name << o.errors;
    EXPECT_EQ(o.only().parties.size(), 2u) << name;
    EXPECT_GE(o.only().notes.size(), 2u) << name;
  }
}

struct mix {
  const char* name;
  std::vector<const char*> notes;  // in order
};

TEST(rings, through_two_kinds_of_waits_and_their_right_twins) {
  const mix mixes[] = {
      {"mutex_and_group", {"would have to count down", "mutex lock", "holds"}},
      {"condition_and_mutex", {"would have to signal", "holds"}},
      {"semaphore_and_mutex", {"holds", "would have to release"}},
      {"readers_and_group", {"would have to count down", "holds for reading"}},
      {"barrier_and_mutex", {"would have to arrive", "holds"}},
      {"once_of_all", {"would have to end", "holds"}},
      {"readers_of_all", {"holds", "holds for reading"}},
      {"a_writer_between", {"whose other end", "holds for reading, and goroutine", "waits to write before it", "waits behind them"}},
      {"a_group_and_its_channels", {"chan receive", "chan receive", "waits behind them in wait_group wait"}},
  };
  for (const mix& m : mixes) {
    const outcome o = run_case(std::string("mix_") + m.name, "gomaxprocs=1");
    ASSERT_THAT(o.kinds(), ElementsAre("partial-deadlock")) << m.name << o.errors;
    EXPECT_EQ(o.only().parties.size(), 2u) << m.name;
    std::string notes;
    for (const std::string& n : o.only().notes) notes += n + "\n";
    std::size_t at = 0;
    for (const char* wanted : m.notes) {
      at = notes.find(wanted, at);
      ASSERT_NE(at, std::string::npos) << m.name << ": " << wanted << "\n" << notes;
    }
    EXPECT_THAT(run_case(std::string("mix_") + m.name + "_right", "gomaxprocs=1").kinds(), IsEmpty()) << m.name;
  }
}

TEST(rings, waits_that_only_look_alike) {
  EXPECT_THAT(run_case("ring_alike_senders").kinds(), Each(std::string("goroutine-leak")));
}

}  // namespace
}  // namespace gosan
