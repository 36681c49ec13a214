// A lock taken again by who has just left it: one section in two parts, unless anybody could tell.
#include <gtest/gtest.h>

#include <vector>

#include "race/lock_history.hpp"
#include "race/objects.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

struct relock : ::testing::Test {
  world w;
  actor a = w.main(), b = w.go(a);
  mutex m;
  const std::uint64_t between = fresh_id();

  // What `from` has done so far happens before what `to` does from now on.
  void hand_on(const actor& from, const actor& to) {
    from.emit(kind::sem_release, between, 1);
    to.emit(kind::sem_acquire, between, 1);
  }

  template <typename F>
  void section(const actor& g, F f) {
    locked(m, g.runs(), f);
  }
  template <typename F>
  void read_section(const actor& g, F f) {
    read_locked(m, g.runs(), f);
  }
  // The state of a location: a known access leaves it as it is.
  static race::state_id state_of(const std::uint64_t& x) { return *race::word_of(reinterpret_cast<std::uintptr_t>(&x)); }
  static race::epoch owner_of(const std::uint64_t& x) { return race::state_at(state_of(x)).owner; }
};

TEST_F(relock, what_the_section_before_accessed_is_known) {
  section(a, [&] { a.write(w.x); });
  const auto before = state_of(w.x);
  section(a, [&] { a.write(w.x), a.read(w.x); });
  section(a, [&] { a.write(w.x); });
  EXPECT_EQ(state_of(w.x), before);
}

TEST_F(relock, readers_leave_a_location_alone_beside_one_another) {
  for (int i = 0; i < 2; ++i) read_section(a, [&] { a.read(w.x); }), read_section(b, [&] { b.read(w.x); });
  const auto before = state_of(w.x);
  const auto owner = owner_of(w.x);
  for (int i = 0; i < 3; ++i) read_section(a, [&] { a.read(w.x); }), read_section(b, [&] { b.read(w.x); });
  EXPECT_EQ(state_of(w.x), before);
  EXPECT_EQ(owner_of(w.x), owner);
}

TEST_F(relock, a_stronger_access_is_not_known) {
  section(a, [&] { a.read(w.x); });
  section(a, [&] { a.write(w.x); });
  b.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST_F(relock, nothing_is_known_between_the_sections) {
  section(a, [&] { a.write(w.x); });
  a.write(w.x);
  section(b, [&] { b.read(w.x); });
  EXPECT_TRUE(w.raced(w.x));
}

TEST_F(relock, who_gets_the_lock_from_another_knows_nothing_of_the_rest) {
  read_section(a, [&] { a.read(w.x); });
  a.runs();
  m.lock_shared(a);
  m.unlock_shared(b);  // by the wrong one
  section(b, [&] { b.write(w.x); });
  a.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST_F(relock, what_was_accessed_in_between_is_released_too) {
  section(a, [&] { a.write(w.x); });
  a.write(w.y);
  section(a, [&] { a.write(w.z); });
  section(b, [&] { b.write(w.x), b.write(w.y), b.write(w.z); });
  EXPECT_TRUE(w.silent());
}

TEST_F(relock, what_was_accessed_in_between_is_known_in_the_next_section) {
  for (int i = 0; i < 3; ++i) section(a, [&] { a.read(w.x); }), a.write(w.x);
  section(b, [&] { b.write(w.y); });  // others have a state of their own, too
  const auto before = state_of(w.x);
  section(a, [&] { a.read(w.x), a.write(w.x); });
  EXPECT_EQ(state_of(w.x), before);
  section(b, [&] { b.write(w.x); });
  EXPECT_TRUE(w.silent());
}

TEST_F(relock, what_was_accessed_in_between_and_in_the_next_section_is_unknown_to_others) {
  for (int i = 0; i < 3; ++i) section(a, [&] { a.read(w.x); }), a.write(w.x);
  section(a, [&] { a.read(w.x); });
  b.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST_F(relock, what_was_read_in_between_is_not_known_as_written) {
  for (int i = 0; i < 3; ++i) section(a, [&] { a.read(w.x); }), a.read(w.x);
  section(a, [&] { a.write(w.x); });
  b.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST_F(relock, what_was_learned_in_between_is_released_too) {
  const actor c = w.go(a);
  section(a, [&] { a.write(w.x); });
  c.write(w.y);
  hand_on(c, a);
  section(a, [&] { a.write(w.x); });
  section(b, [&] { b.write(w.y); });
  EXPECT_TRUE(w.silent());
}

TEST_F(relock, who_wrote_in_between_knows_nothing_of_the_next_section) {
  section(a, [&] { a.write(w.x); });
  section(b, [&] { b.write(w.x); });
  section(a, [&] { a.write(w.y); });
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
  EXPECT_FALSE(w.raced(w.x));
}

TEST_F(relock, who_read_in_between_knows_nothing_of_the_next_section) {
  section(a, [&] { a.write(w.x); });
  read_section(b, [&] { b.read(w.x); });
  section(a, [&] { a.write(w.y); });
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST_F(relock, who_takes_over_afterwards_knows_both_sections) {
  section(a, [&] { a.write(w.x); });
  section(a, [&] { a.write(w.y); });
  section(b, [&] { b.write(w.x), b.write(w.y); });
  EXPECT_TRUE(w.silent());
}

TEST_F(relock, a_writer_knows_all_sections_of_the_readers) {
  for (int i = 0; i < 3; ++i) read_section(b, [&] { b.read(w.x); });
  section(a, [&] { a.write(w.x); });
  EXPECT_TRUE(w.silent());
}

// More of them than have places of their own to leave their epochs in.
TEST_F(relock, a_writer_knows_what_many_readers_did_between_their_sections) {
  std::vector<actor> readers;
  for (int i = 0; i < 20; ++i) readers.push_back(w.go(a));
  std::vector<std::uint64_t> own(readers.size());
  race::memory_fresh(own.data(), own.size() * sizeof own[0]);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i)
      for (std::size_t r = 0; r < readers.size(); ++r) read_section(readers[r], [&] { readers[r].read(w.x); }), readers[r].write(own[r]);
    for (std::size_t r = 0; r < readers.size(); ++r) read_section(readers[r], [&] { readers[r].read(w.x); });
    section(a, [&] { a.write(w.x); });
    for (std::uint64_t& x : own) a.write(x);
    EXPECT_TRUE(w.silent()) << "round " << round;
    section(a, [&] { a.read(w.x); });
    for (std::size_t r = 0; r < readers.size(); ++r) read_section(readers[r], [&] { readers[r].write(own[r]); });
    EXPECT_TRUE(w.silent()) << "round " << round;
  }
  race::memory_fresh(own.data(), own.size() * sizeof own[0]);
}

TEST_F(relock, what_a_reader_did_after_its_last_section_no_writer_knows) {
  for (int i = 0; i < 4; ++i) read_section(b, [&] { b.read(w.x); }), b.write(w.y);
  section(a, [&] { a.write(w.x); });
  EXPECT_TRUE(w.silent());
  a.write(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

// Threads take their numbers in rows, so that the first of each row have the same place in it.
TEST_F(relock, readers_of_several_threads_have_a_place_each) {
  race::reader_places beside;
  std::vector<race::epoch> all;
  for (race::actor_number row = 1; row <= 8; ++row) beside.claim(all.emplace_back(race::make_epoch(row * race::numbers_at_once, 1)));
  for (const race::epoch e : all) EXPECT_TRUE(beside.of(e)) << race::number_of(e);
}

TEST_F(relock, an_order_made_in_between_is_kept) {
  section(a, [&] { a.write(w.x); });
  hand_on(a, b);
  section(a, [&] { a.write(w.y); });
  b.read(w.x);
  EXPECT_TRUE(w.silent());
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST_F(relock, an_order_made_inside_does_not_reach_the_rest) {
  section(a, [&] { a.write(w.x); });
  section(a, [&] {
    hand_on(a, b);
    a.write(w.y);
  });
  b.read(w.x);
  EXPECT_TRUE(w.silent());
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST_F(relock, the_lock_counts_as_held_in_the_second_section_and_not_after_it) {
  section(a, [&] { a.write(w.x); });
  a.runs();
  m.lock(a);
  EXPECT_EQ(race::lock_history::held_at(__gosan_thread.now, race::actors::running().taken).size(), 1u);
  m.unlock(a);
  EXPECT_TRUE(race::lock_history::held_at(__gosan_thread.now, 0).empty());
}

// Of what a thread has noted of its locks it keeps the latest.
TEST_F(relock, the_lock_is_known_however_often_it_was_taken_again) {
  b.runs();
  a.runs();
  for (int i = 0; i < 3000; ++i) section(a, [&] { a.write(w.x); });
  const race::entry latest = race::state_at(state_of(w.x)).entries[0].get();
  EXPECT_EQ(race::lock_history::held_at(latest.when, race::taken_in(latest.size)).size(), 1u);
}

}  // namespace
}  // namespace gosan::test
