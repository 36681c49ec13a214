// The memory budget: what is forgotten when it is reached, that orders are not, and that giving up is said. The tests of this file
// share one budget, which only ever gets tighter: they run in the order they stand here.
#include "race/budget.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "race/collect.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

using race::budget::mode;

constexpr std::uint64_t most = std::uint64_t{8} << 20;

std::string notes() {
  std::vector<std::string> all;
  race::budget::add_notes(all);
  std::string text;
  for (const std::string& n : all) text += n + "\n";
  return text;
}

// One location after the other, each in an epoch of its own: every one has a state.
void write_each(const actor& a, std::vector<std::uint64_t>& many) {
  const std::uint64_t told = fresh_id();
  for (std::uint64_t& x : many) a.write(x), a.emit(kind::sem_release, told, 1);
}

TEST(budget, within_it_everything_is_kept_and_nothing_said) {
  world w;
  race::budget::start(most);
  actor a = w.main(), b = w.go(a);
  std::vector<std::uint64_t> some(1000);
  write_each(a, some);
  b.write(some[0]);
  EXPECT_EQ(w.racy_bytes(), 8u);
  EXPECT_EQ(race::budget::now(), mode::full);
  EXPECT_EQ(notes(), "");
  race::memory_fresh(some.data(), some.size() * sizeof some[0]);
}

TEST(budget, when_it_is_reached_accesses_are_forgotten_and_that_is_said) {
  world w;
  actor a = w.main(), b = w.go(a);
  std::vector<std::uint64_t> many(1 << 20);
  write_each(a, many);
  EXPECT_EQ(race::budget::now(), mode::forgetful);
  EXPECT_GE(race::budget::times_forgotten(), 3u);
  EXPECT_LE(race::budget::used(), most + most / 4);
  EXPECT_NE(notes().find("forgotten"), std::string::npos);
  EXPECT_EQ(w.racy_bytes(), 0u);
  b.read(many[0]);  // unordered with a write long forgotten
  EXPECT_EQ(w.racy_bytes(), 0u);
  race::memory_fresh(many.data(), many.size() * sizeof many[0]);
}

TEST(budget, what_comes_after_is_checked_as_ever) {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(a);
  mutex m;
  m.lock(a), a.write(w.x), m.unlock(a);
  m.lock(b), b.write(w.x), m.unlock(b);
  EXPECT_TRUE(w.silent());
  c.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

// Orders outlive what they order: a false alarm would be worse than a missed one.
TEST(budget, orders_are_not_forgotten) {
  world w;
  actor a = w.main(), b = w.go(a);
  mutex m;
  m.lock(a), a.write(w.x), m.unlock(a);
  m.lock(b);
  std::vector<std::uint64_t> many(1 << 19);
  write_each(a, many);
  a.runs();
  b.write(w.x);
  EXPECT_TRUE(w.silent());
  m.unlock(b);
  m.lock(a), a.write(w.x), m.unlock(a);
  EXPECT_TRUE(w.silent());
  race::memory_fresh(many.data(), many.size() * sizeof many[0]);
}

TEST(budget, too_little_for_orders_alone_ends_the_checks_and_is_said) {
  world w;
  race::budget::start(std::uint64_t{64} << 10);
  const actor a = w.main();
  std::vector<actor> all;
  std::vector<std::uint64_t> many(1 << 16);
  // Each knows of all before: none of the clocks is like another.
  for (int i = 0; i < 3000; ++i) {
    all.push_back(w.go(all.empty() ? a : all.back()));
    mutex m;
    m.lock(all.back()), m.unlock(all.back());
  }
  write_each(a, many);
  EXPECT_EQ(race::budget::now(), mode::off);
  EXPECT_NE(notes().find("no access was checked"), std::string::npos);
  const actor b = w.go(a);
  a.write(w.x), b.write(w.x);
  EXPECT_TRUE(w.silent());
  race::memory_fresh(many.data(), many.size() * sizeof many[0]);
}

}  // namespace
}  // namespace gosan::test
