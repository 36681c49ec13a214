// Pictures of all goroutines, with the world stopped.
#include <gmock/gmock.h>

#include <algorithm>

#include "events/snapshot.hpp"
#include "fixture.hpp"
#include "gosan/debug.hpp"

namespace gosan {
namespace {

using events::goroutine_state;
using testing::countdown;

class world : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(world);

const events::goroutine_view* find(const events::snapshot& s, std::uint64_t id) {
  const auto at = std::find_if(s.goroutines.begin(), s.goroutines.end(), [&](const auto& g) { return g.id == id; });
  return at == s.goroutines.end() ? nullptr : &*at;
}

TEST_P(world, a_waiting_goroutine_is_seen_with_reason_object_and_stack) {
  run([] {
    std::atomic<rt::goroutine*> sleeper{nullptr};
    countdown ended(1);
    go({.name = "sleeper"}, [&] {
      rt::park(events::wait_reason::chan_recv, 42,
               [](rt::goroutine* g, void* to) { return static_cast<std::atomic<rt::goroutine*>*>(to)->store(g), true; },
               &sleeper);
      ended.done();
    });
    while (!sleeper) yield();
    const events::snapshot s = events::take_snapshot();
    const auto* v = find(s, rt::id_of(sleeper));
    ASSERT_NE(v, nullptr);
    EXPECT_EQ(v->name, "sleeper");
    EXPECT_EQ(v->state, goroutine_state::waiting);
    EXPECT_EQ(v->why, events::wait_reason::chan_recv);
    EXPECT_EQ(v->waits_on, 42u);
    EXPECT_EQ(v->creator, this_goroutine::id());
    EXPECT_GE(v->stack.size(), 2u);
    EXPECT_LT(v->stack_low, v->stack_pointer);
    EXPECT_LT(v->stack_pointer, v->stack_high);
    const auto* me = find(s, this_goroutine::id());
    ASSERT_NE(me, nullptr);
    EXPECT_TRUE(me->is_main);
    EXPECT_EQ(me->state, goroutine_state::running);
    rt::ready(sleeper);
    ended.wait();
  });
}

// Counters that goroutines raise together stand still while the world is stopped.
TEST_P(world, nothing_runs_while_it_is_stopped) {
  run([] {
    std::atomic<bool> stop{false};
    std::atomic<long> work{0};
    countdown ended(4);
    for (int i = 0; i < 4; ++i)
      go([&, i] {
        while (!stop) {
          work.fetch_add(1);
          if (i % 2) yield();
        }
        ended.done();
      });
    while (work < 1000) yield();
    struct seen {
      std::atomic<long>* work;
      bool moved;
    } what{&work, false};
    for (int round = 0; round < 20; ++round)
      events::with_world_stopped(
          [](const events::snapshot&, void* p) {
            auto* s = static_cast<seen*>(p);
            const long before = s->work->load();
            for (int i = 0; i < 20000; ++i) asm volatile("");
            s->moved = s->moved || s->work->load() != before;
          },
          &what);
    EXPECT_FALSE(what.moved);
    stop = true;
    ended.wait();
  });
}

TEST_P(world, threads_may_stop_it) {
  std::atomic<bool> stop{false};
  countdown ended(2);
  for (int i = 0; i < 2; ++i)
    go([&] {
      while (!stop) {
      }
      ended.done();
    });
  for (int round = 0; round < 5; ++round) EXPECT_EQ(events::take_snapshot().goroutines.size(), 2u);
  stop = true;
  ended.wait();
}

TEST_P(world, the_dump_reads_like_gos) {
  run([] {
    countdown one(1);
    std::string text;
    go({.name = "dumper"}, [&] {
      text = debug::goroutines();
      one.done();
    });
    one.wait();
    EXPECT_THAT(text, ::testing::ContainsRegex("goroutine [0-9]+ \"main\" \\[wait_group wait\\]:\n"));
    EXPECT_THAT(text, ::testing::ContainsRegex("goroutine [0-9]+ \"dumper\" \\[running\\]:\n"));
    EXPECT_THAT(text, ::testing::ContainsRegex("created by .* in goroutine [0-9]+\n"));
  });
}

TEST_P(world, armed_timers_are_roots) {
  rt::timer t;
  t.when = rt::clock::now() + std::chrono::hours(1);
  t.fire = [](rt::timer*, void*) noexcept {};
  t.arg = &t.period;
  rt::timer_start(&t);
  const auto roots = events::take_snapshot().timer_args;
  EXPECT_THAT(roots, ::testing::IsSupersetOf({reinterpret_cast<std::uintptr_t>(&t), reinterpret_cast<std::uintptr_t>(t.arg)}));
  EXPECT_TRUE(rt::timer_stop(&t));
}

}  // namespace
}  // namespace gosan
