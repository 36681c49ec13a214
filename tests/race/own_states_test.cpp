// States of one location alone: exact in turns and among threads, and never in anybody's way for long.
#include "race/own_states.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "live/live.hpp"
#include "race/caches.hpp"
#include "race/shadow.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

std::uint32_t* word_of(const std::uint64_t& x) { return race::shadow::word(reinterpret_cast<std::uintptr_t>(&x)); }
bool has_own_state(const std::uint64_t& x) { return race::own_states::is(*word_of(x)); }

void write_under(const mutex& m, const actor& a, std::uint64_t& x) {
  m.lock(a);
  a.write(x);
  m.unlock(a);
}

// Two actors in turns, under a lock: the location has a state of its own then.
void write_in_turns(const mutex& m, const actor& a, const actor& b, std::uint64_t& x) {
  for (int i = 0; i < 3; ++i) write_under(m, i % 2 ? a : b, x);
  ASSERT_TRUE(has_own_state(x));
}

TEST(own_states, a_location_that_goes_its_own_way_gets_one_and_keeps_it) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  write_under(m, a, w.x);
  EXPECT_FALSE(has_own_state(w.x)) << "accessed for the first time";
  write_under(m, b, w.x);
  EXPECT_TRUE(has_own_state(w.x));
  const auto id = *word_of(w.x);
  for (int i = 0; i < 1000; ++i) write_under(m, i % 2 ? a : b, w.x);
  EXPECT_EQ(*word_of(w.x), id);
  EXPECT_TRUE(w.silent());
  w.go(b).write(w.x);
  EXPECT_TRUE(w.raced(w.x)) << "with the last of a";
}

[[gnu::noinline]] void write_all(const actor& a, std::vector<std::uint64_t>& all) {
  for (std::uint64_t& x : all) a.write(x);
}

TEST(own_states, what_one_loop_does_to_many_is_shared) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  std::vector<std::uint64_t> all(1000);
  for (const actor& who : {a, b, a, b, a, b}) {
    m.lock(who);
    write_all(who, all);
    m.unlock(who);
  }
  EXPECT_EQ(std::count_if(all.begin(), all.end(), has_own_state), 0);
  EXPECT_TRUE(w.silent());
  race::memory_fresh(all.data(), all.size() * sizeof all[0]);
}

TEST(own_states, grow_with_their_readers_and_lose_none) {
  for (unsigned readers = 1; readers < 20; ++readers) {
    world w;
    const actor a = w.main();
    std::vector<actor> all;
    for (unsigned i = 0; i < readers; ++i) all.push_back(w.go(a));
    for (int round = 0; round < 3; ++round)
      for (const actor& r : all) {
        r.read(w.x);
        mutex{}.unlock(r);
      }
    wait_group g;
    for (unsigned i = 0; i + 1 < readers; ++i) g.done(all[i]);
    g.wait(a);
    a.write(w.x);
    EXPECT_TRUE(w.raced(w.x)) << "with the last of " << readers;
  }
}

std::uint8_t* bytes_of(std::uint64_t& x) { return reinterpret_cast<std::uint8_t*>(&x); }

void expect_race_at_each_byte(world& w, const actor& who, std::uint64_t& x) {
  for (unsigned i = 0; i < 8; ++i) {
    who.write(bytes_of(x)[i]);
    EXPECT_TRUE(w.raced(bytes_of(x)[i])) << i;
  }
}

// Bytes that are read one by one have an entry each.
TEST(own_states, bytes_read_one_by_one_stay_where_they_are) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  const auto read_bytes = [&] {
    for (unsigned i = 0; i < 8; ++i) a.read(bytes_of(w.x)[i]), m.unlock(a);
  };
  a.write(w.x);
  read_bytes(), read_bytes();
  const auto id = *word_of(w.x);
  ASSERT_TRUE(has_own_state(w.x));
  read_bytes(), read_bytes();
  EXPECT_EQ(*word_of(w.x), id);
  EXPECT_TRUE(w.silent());
  expect_race_at_each_byte(w, b, w.x);
}

[[gnu::noinline]] void read_byte_of_all(const actor& a, std::vector<std::uint64_t>& all, unsigned byte) {
  for (std::uint64_t& x : all) a.read(bytes_of(x)[byte]);
}

// What many share is in parts from seven entries on; who leaves them takes all that it says along.
TEST(own_states, one_that_leaves_many_takes_along_what_they_say) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  std::vector<std::uint64_t> all(100);
  write_all(a, all);
  for (unsigned byte = 0; byte < 8; ++byte) m.unlock(a), read_byte_of_all(a, all, byte);
  EXPECT_EQ(std::count_if(all.begin(), all.end(), has_own_state), 0);
  EXPECT_TRUE(race::state_at(*word_of(all[0])).more) << "in parts";
  for (unsigned byte = 0; byte < 2; ++byte) m.unlock(a), a.read(bytes_of(all[0])[byte]);
  EXPECT_TRUE(has_own_state(all[0]));
  EXPECT_TRUE(w.silent());
  expect_race_at_each_byte(w, b, all[0]);
  expect_race_at_each_byte(w, b, all[1]);
  race::memory_fresh(all.data(), all.size() * sizeof all[0]);
}

TEST(own_states, parts_are_forgotten_alone) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  ASSERT_NO_FATAL_FAILURE(write_in_turns(m, a, b, w.x));
  auto* half = reinterpret_cast<std::uint32_t*>(&w.x);
  race::memory_fresh(half, sizeof *half);
  const actor c = w.go(a);
  c.write(half[0]);
  EXPECT_TRUE(w.silent());
  c.write(half[1]);
  EXPECT_TRUE(w.raced(half[1]));
  EXPECT_FALSE(w.raced(half[0]));
}

// What was asked of others when one part was accessed says nothing of another part, where they have come since.
TEST(own_states, who_comes_again_to_one_part_meets_who_came_to_another) {
  for (const bool b_came : {false, true}) {
    world w;
    const actor a = w.main(), b = w.go(a);
    mutex m, epochs;
    auto* half = reinterpret_cast<std::uint32_t*>(&w.x);
    ASSERT_NO_FATAL_FAILURE(write_in_turns(m, a, b, w.x));
    m.lock(a), a.write(half[1]), m.unlock(a);
    m.lock(b);
    if (b_came) b.read(half[1]);
    epochs.unlock(a), a.write(half[0]);
    epochs.unlock(a), a.write(half[1]);
    EXPECT_EQ(w.raced(half[1]), b_came);
    m.unlock(b);
  }
}

// Two read the same locations at the same time, epoch after epoch. Whoever knows all of it but the last reads of one must meet those: had
// the other's change of a state undone them, nobody would.
std::size_t races_with_last_reads(world& w, std::span<std::uint64_t> places, bool handed_on) {
  const actor parent = w.main(), a = w.go(parent), b = w.go(parent), c = w.go(parent);
  mutex of_a, of_b;
  std::atomic<bool> b_is_done{false};
  auto read_all = [&](const actor& who, const mutex& epochs) {
    for (const std::uint64_t& x : places) who.read(x);
    epochs.unlock(who);
  };
  std::thread first([&] {
    do read_all(a, of_a);
    while (!b_is_done);
    race::on_event({kind::stop, 0, 0, a.id});
  });
  std::thread second([&] {
    for (int i = 0; i < 30; ++i) read_all(b, of_b);
    for (const std::uint64_t& x : places) b.read(x);
    if (handed_on) of_b.unlock(b);
    race::on_event({kind::stop, 0, 0, b.id});
    b_is_done = true;
  });
  first.join(), second.join();
  const std::size_t before = w.racy_bytes();
  of_a.lock(c), of_b.lock(c);
  for (std::uint64_t& x : places) c.write(x);
  return (w.racy_bytes() - before) / sizeof(std::uint64_t);
}

TEST(own_states, threads_undo_nothing_of_one_another) {
  world w;
  constexpr std::size_t rounds = 300, each = 1;
  std::vector<std::uint64_t> all(rounds * each);
  race::memory_fresh(all.data(), all.size() * sizeof all[0]);
  for (std::size_t round = 0; round < rounds; ++round) {
    const bool handed_on = round % 2;
    ASSERT_EQ(races_with_last_reads(w, std::span(all).subspan(round * each, each), handed_on), handed_on ? 0 : each) << "round " << round;
  }
  race::memory_fresh(all.data(), all.size() * sizeof all[0]);
}

// Whoever was the last to access a location comes by again, epoch after epoch, and nobody else does: what is recorded of the earlier epochs is
// replaced where it lies.
struct comes_again : world {
  actor a = main(), b = go(a), c = go(a);
  mutex m, other;

  template <typename F>
  void in_new_epochs(const actor& who, unsigned n, F access) {
    for (unsigned i = 0; i < n; ++i) access(), other.unlock(who);
    access();
  }
};

TEST(own_states, of_one_who_comes_again_the_last_access_counts) {
  comes_again w;
  ASSERT_NO_FATAL_FAILURE(write_in_turns(w.m, w.a, w.b, w.x));
  const auto id = *word_of(w.x);
  w.m.lock(w.b);
  w.in_new_epochs(w.b, 100, [&] { w.b.write(w.x); });
  EXPECT_EQ(*word_of(w.x), id);
  EXPECT_TRUE(w.silent());
  w.other.lock(w.c);  // all but the last
  w.c.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(own_states, of_one_who_comes_again_nothing_is_left_once_it_is_known) {
  comes_again w;
  ASSERT_NO_FATAL_FAILURE(write_in_turns(w.m, w.a, w.b, w.x));
  w.m.lock(w.b);
  w.in_new_epochs(w.b, 100, [&] { w.b.write(w.x); });
  w.other.unlock(w.b), w.other.lock(w.c);
  w.c.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(own_states, one_who_reads_again_leaves_the_write_before) {
  comes_again w;
  w.a.write(w.x), w.m.unlock(w.a), w.m.lock(w.b);
  w.in_new_epochs(w.b, 100, [&] { w.b.read(w.x); });
  EXPECT_TRUE(has_own_state(w.x));
  EXPECT_TRUE(w.silent());
  w.c.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(own_states, one_who_reads_again_meets_a_write_that_came_between) {
  comes_again w;
  w.a.write(w.x), w.m.unlock(w.a), w.m.lock(w.b);
  w.in_new_epochs(w.b, 10, [&] { w.b.read(w.x); });
  w.other.unlock(w.b), w.other.lock(w.c);
  w.c.write(w.x);
  EXPECT_TRUE(w.silent());
  w.b.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(own_states, one_who_writes_after_reading_again_meets_the_other_reader) {
  comes_again w;
  w.a.write(w.x), w.m.unlock(w.a), w.m.lock(w.b), w.m.lock(w.c);
  w.c.read(w.x);
  w.in_new_epochs(w.b, 10, [&] { w.b.read(w.x); });
  EXPECT_TRUE(w.silent());
  w.other.unlock(w.b);
  w.b.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(own_states, one_who_comes_again_to_a_part_leaves_the_rest) {
  comes_again w;
  auto* half = reinterpret_cast<std::uint32_t*>(&w.x);
  ASSERT_NO_FATAL_FAILURE(write_in_turns(w.m, w.a, w.b, w.x));
  w.in_new_epochs(w.b, 10, [&] { w.b.write(half[0]); });
  EXPECT_TRUE(w.silent());
  w.other.lock(w.c);
  w.c.write(half[1]);
  EXPECT_TRUE(w.silent());
  w.c.write(half[0]);
  EXPECT_TRUE(w.raced(half[0]));
  EXPECT_FALSE(w.raced(half[1]));
}

// As after a fork, which leaves other threads behind wherever they are.
TEST(own_states, who_never_lets_go_loses_the_location) {
  world w;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  ASSERT_NO_FATAL_FAILURE(write_in_turns(m, a, b, w.x));
  auto scope = std::make_optional<race::holding_states>();
  race::own_states::held stuck(word_of(w.x), *word_of(w.x), scope->cache().area);
  ASSERT_TRUE(stuck);
  std::thread([&] {
    write_under(m, a, w.x);
    race::on_event({kind::stop, 0, 0, a.id});
  }).join();
  race::conflicts_found races;
  const race::clock nothing;
  EXPECT_FALSE(stuck.take({race::make_epoch(1, 1), 0, 0xff, race::plain_write, 8}, {race::make_epoch(1, 1), nothing, 0, nullptr},
                          scope->cache().area, races));
  scope.reset();
  EXPECT_TRUE(w.silent());
  w.go(b).write(w.x);
  EXPECT_TRUE(w.raced(w.x)) << "what the location knew is in the copy";
}

}  // namespace
}  // namespace gosan::test
