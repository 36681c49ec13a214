// As long as one actor is alone, its accesses are not recorded; nothing that could race may be lost by that. Each case runs in a
// process of its own, in which no actor was seen before.
#include <gtest/gtest.h>
#include <unistd.h>

#include "race/shadow.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

template <typename F>
void in_a_new_process(F body) {
  EXPECT_EXIT(
      {
        world w;
        body(w);
        _exit(::testing::Test::HasFailure() ? 1 : 0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(alone, accesses_cost_no_memory) {
  in_a_new_process([](world& w) {
    const actor a = w.main();
    mutex m;
    for (unsigned char& byte : w.bytes) m.lock(a), a.write(byte), m.unlock(a);
    a.write_range(w.bytes, sizeof w.bytes);
    EXPECT_TRUE(race::actors::alone());
    EXPECT_EQ(race::shadow::bytes_touched(), 0u);
  });
}

TEST(alone, what_came_before_the_first_goroutine_is_known_to_it) {
  in_a_new_process([](world& w) {
    const actor a = w.main();
    a.write(w.x);
    const actor b = w.go(a);
    EXPECT_FALSE(race::actors::alone());
    b.write(w.x);
    EXPECT_TRUE(w.silent());
  });
}

TEST(alone, what_comes_after_it_is_not) {
  in_a_new_process([](world& w) {
    const actor a = w.main();
    a.write(w.x), a.read(w.y);
    const actor b = w.go(a);
    a.write(w.x), a.read(w.y);
    b.write(w.x), b.write(w.y);
    EXPECT_TRUE(w.raced(w.x));
    EXPECT_TRUE(w.raced(w.y));
  });
}

TEST(alone, after_releases_too) {
  in_a_new_process([](world& w) {
    const actor a = w.main();
    mutex m;
    for (int i = 0; i < 10; ++i) m.lock(a), a.write(w.x), m.unlock(a);
    const actor b = w.go(a);
    m.lock(a), a.write(w.x), m.unlock(a);
    b.read(w.x);
    EXPECT_TRUE(w.raced(w.x));
  });
}

// The goroutine of a timer knows what came before the timer was armed, not what came before it fired.
TEST(alone, a_timer_armed_is_company) {
  in_a_new_process([](world& w) {
    const actor a = w.main(), f{fresh_id()};
    const std::uint64_t timer = fresh_id();
    a.write(w.x);
    a.emit(kind::timer_arm, timer);
    a.write(w.y);
    f.emit(kind::timer_fire, timer);
    f.write(w.x);
    EXPECT_TRUE(w.silent());
    f.write(w.y);
    EXPECT_TRUE(w.raced(w.y));
  });
}

TEST(alone, a_thread_is_company) {
  in_a_new_process([](world& w) {
    const actor a = w.main(), t{fresh_id()};
    a.write(w.x);
    a.runs(), a.emit(kind::thread_create, t.id);
    a.write(w.y);
    t.write(w.x);
    EXPECT_TRUE(w.silent());
    t.write(w.y);
    EXPECT_TRUE(w.raced(w.y));
  });
}

}  // namespace
}  // namespace gosan::test
