// Timers: order, stopping, periods, and the heap against its naive twin.
#include <algorithm>
#include <random>
#include <vector>

#include "fixture.hpp"
#include "sched/scheduler.hpp"

namespace gosan {
namespace {

using namespace std::chrono_literals;
using testing::countdown;

class timers : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(timers);

struct counted_timer : rt::timer {
  counted_timer(rt::clock::duration in, countdown& c, rt::clock::duration every = {}) {
    when = rt::clock::now() + in;
    period = every;
    fire = [](rt::timer*, void* c) noexcept { static_cast<countdown*>(c)->done(); };
    arg = &c;
  }
};

TEST_P(timers, fires_not_before_its_time) {
  run([] {
    countdown one(1);
    counted_timer t(2ms, one);
    rt::timer_start(&t);
    one.wait();
    EXPECT_GE(rt::clock::now(), t.when);
    rt::timer_wait_idle(&t);
  });
}

TEST_P(timers, wakes_an_idle_program_from_a_thread) {
  countdown one(1);
  counted_timer t(1ms, one);
  rt::timer_start(&t);
  one.wait();
  rt::timer_wait_idle(&t);
}

TEST_P(timers, an_earlier_one_overtakes) {
  run([] {
    countdown late(1), early(1);
    counted_timer far(1h, late), near(1ms, early);
    rt::timer_start(&far);
    rt::timer_start(&near);
    early.wait();
    EXPECT_TRUE(rt::timer_stop(&far));
    EXPECT_FALSE(rt::timer_stop(&far));
    EXPECT_FALSE(rt::timer_stop(&near));
    rt::timer_wait_idle(&near);
  });
}

TEST_P(timers, reset_moves_the_due_time) {
  run([] {
    countdown one(1);
    counted_timer t(1h, one);
    rt::timer_start(&t);
    EXPECT_TRUE(rt::timer_reset(&t, rt::clock::now() + 1ms, {}));
    one.wait();
    EXPECT_FALSE(rt::timer_reset(&t, rt::clock::now() + 1h, {}));
    EXPECT_TRUE(rt::timer_stop(&t));
  });
}

TEST_P(timers, a_period_repeats_until_stopped) {
  run([] {
    countdown five(5);
    counted_timer t(1ms, five, 1ms);
    rt::timer_start(&t);
    five.wait();
    EXPECT_TRUE(rt::timer_stop(&t));
    rt::timer_wait_idle(&t);
  });
}

TEST_P(timers, fire_while_every_goroutine_computes) {
  run([] {
    std::atomic<bool> fired{false};
    rt::timer t;
    t.when = rt::clock::now() + 1ms;
    t.fire = [](rt::timer*, void* f) noexcept { *static_cast<std::atomic<bool>*>(f) = true; };
    t.arg = &fired;
    rt::timer_start(&t);
    while (!fired) {
    }
    rt::timer_wait_idle(&t);
  });
}

// The naive twin: a list sorted by due time, then by arming. The heap must fire in that order whatever was stopped. All
// are due in an hour and fired by one call here: several workers that fire run timers' functions side by side.
TEST_P(timers, the_heap_fires_in_the_order_of_a_sorted_list) {
  struct ordered : rt::timer {
    std::vector<int>* fired;
    int number;
  };
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  run([&] {
    constexpr int n = 500;
    std::vector<ordered> all(n);
    std::vector<int> fired;
    std::vector<int> twin;
    const auto start = rt::clock::now() + 1h;
    for (int i = 0; i < n; ++i) {
      ordered& t = all[i];
      t.when = start + std::chrono::microseconds(random() % 50 * 100);
      t.fired = &fired;
      t.number = i;
      t.arg = &t;
      t.fire = [](rt::timer*, void* p) noexcept {
        auto* o = static_cast<ordered*>(p);
        o->fired->push_back(o->number);
      };
      rt::timer_start(&t);
    }
    for (int i = 0; i < n; ++i) {
      if (random() % 3 != 0) {
        twin.push_back(i);
      } else {
        EXPECT_TRUE(rt::timer_stop(&all[i]));
      }
    }
    std::sort(twin.begin(), twin.end(),
              [&](int a, int b) { return std::pair(all[a].when, a) < std::pair(all[b].when, b); });
    rt::run_due_timers((start + 1h).time_since_epoch() / 1ns);
    for (auto& t : all) rt::timer_wait_idle(&t);
    EXPECT_EQ(fired, twin);
  });
}

}  // namespace
}  // namespace gosan
