// What a location costs that very many actors read, none of which knows of another: the same for each of them.
#include "race/states.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "race/shadow.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

std::vector<actor> children(world& w, const actor& parent, std::size_t n) {
  std::vector<actor> all;
  while (all.size() < n) all.push_back(w.go(parent));
  return all;
}

race::state_id state_of(const std::uint64_t& x) { return *race::shadow::word(reinterpret_cast<std::uintptr_t>(&x)); }

std::size_t size_of(const std::uint64_t& x) {
  std::size_t units = 0;
  race::states::for_each_part(state_of(x), [&](race::state_id part) { return units += race::states::units_of(part), true; });
  return units;
}

// Memory for states that the readers of one location take, all but the first half of them.
std::uint64_t taken_by_later_half(std::size_t readers, bool after_a_write) {
  world w;
  const actor a = w.main();
  if (after_a_write) a.write(w.x);
  const std::vector<actor> all = children(w, a, readers);
  std::uint64_t half = 0;
  for (std::size_t i = 0; i < readers; ++i) {
    if (i == readers / 2) half = race::states::units_since_collection();
    all[i].read(w.x);
  }
  EXPECT_TRUE(w.silent());
  return race::states::units_since_collection() - half;
}

// Each entry is copied a logarithmic number of times. Looked at by each further reader, 2,000 would take two million.
TEST(many_readers, take_memory_in_proportion) {
  for (const bool after_a_write : {false, true}) {
    constexpr std::size_t readers = 2000;
    EXPECT_LT(taken_by_later_half(readers, after_a_write), readers * 30) << after_a_write;
  }
}

// Two ways to the same entries end in one state, and the memory of the second is used again.
TEST(one_for_all, what_says_the_same_is_the_same_state) {
  world w;  // starts the detector
  race::states::area mine;
  race::states::recent seen{};
  race::conflicts_found none;
  const race::clock nothing;
  const race::entry first{race::make_epoch(1, 1), 1, 0xff, race::plain_write, 8};
  const race::knowledge of_reader{race::make_epoch(2, 1), nothing, 0, nullptr};
  const auto read_after = [&](race::state_id from, race::byte_mask bytes) {
    return race::states::one_for_all(race::states::after(from, {race::make_epoch(2, 1), 2, bytes, race::atomic_read, 8}, of_reader, mine, none), seen, mine);
  };
  race::entry atomic = first;
  atomic.kind = race::atomic_write;
  const race::state_id one = race::states::only(atomic, mine), other = race::states::only(atomic, mine);
  const race::state_id after_one = read_after(one, 0xff);
  EXPECT_FALSE(race::states::given_to_many(after_one));
  const std::uint32_t next = mine.next;
  EXPECT_EQ(read_after(other, 0xff), after_one);
  EXPECT_EQ(mine.next, next);
  EXPECT_TRUE(race::states::given_to_many(after_one));
  EXPECT_NE(read_after(other, 0x0f), after_one);
  EXPECT_EQ(none.count, 0u);
}

TEST(many_readers, of_one_that_reads_again_the_latest_is_kept) {
  world w;
  const actor a = w.main();
  a.write(w.x);
  const std::vector<actor> all = children(w, a, 20);
  for (int round = 0; round < 500; ++round)
    for (const actor& r : all) {
      r.read(w.x);
      mutex{}.unlock(r);
    }
  EXPECT_LT(size_of(w.x), 200u);
  EXPECT_TRUE(w.silent());
}

// The twin is arithmetic: a write by who has waited for all but some of the readers races if there are any such.
TEST(many_readers, whoever_was_not_waited_for_races_with_the_write) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    world w;
    const actor a = w.main();
    a.write(w.x);
    const std::vector<actor> all = children(w, a, 1 + random() % 300);
    const std::size_t left_out = random() % 2 ? random() % all.size() : all.size();
    for (std::size_t i = 0; i < 3 * all.size(); ++i) {
      const actor& r = all[i < all.size() ? i : random() % all.size()];
      r.read(w.x);
      if (random() % 2) mutex{}.unlock(r);
    }
    wait_group g;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (i != left_out) g.done(all[i]);
    g.wait(a);
    a.write(w.x);
    EXPECT_EQ(w.raced(w.x), left_out != all.size()) << left_out << " of " << all.size();
  }
}

}  // namespace
}  // namespace gosan::test
