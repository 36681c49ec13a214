// Accesses, creation, locks: what is ordered is silent, what is not is found. Each race has its twin.
#include <gtest/gtest.h>

#include <vector>

#include "world.hpp"

namespace gosan::test {
namespace {

TEST(access, two_writes_race) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.write(w.x);
  b.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
  EXPECT_FALSE(w.raced(w.y));
}

TEST(access, two_reads_do_not) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.read(w.x);
  b.read(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(access, write_after_read_races_and_read_after_write) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.read(w.x);
  b.write(w.x);
  a.write(w.y);
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.x));
  EXPECT_TRUE(w.raced(w.y));
}

TEST(access, what_precedes_a_start_is_ordered_and_what_follows_is_not) {
  world w;
  actor a = w.main();
  a.write(w.x);
  actor b = w.go(a);
  a.write(w.y);
  b.write(w.x);
  EXPECT_TRUE(w.silent());
  b.write(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST(access, a_goroutine_s_end_orders_nothing) {
  world w;
  actor a = w.main(), b = w.go(a);
  b.write(w.x);
  b.end();
  a.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(access, every_reader_is_remembered) {
  for (unsigned late = 0; late < 40; ++late) {
    world w;
    actor a = w.main();
    mutex m[40];
    for (unsigned i = 0; i < 40; ++i) {
      actor r = w.go(a);
      r.read(w.x);
      m[i].unlock(r);
    }
    for (unsigned i = 0; i < 40; ++i)
      if (i != late) m[i].lock(a);
    a.write(w.x);
    EXPECT_TRUE(w.raced(w.x)) << "the read by goroutine " << late << " was forgotten";
  }
}

TEST(access, every_reader_ordered_is_silent) {
  world w;
  actor a = w.main();
  mutex m[40];
  for (mutex& each : m) {
    actor r = w.go(a);
    r.read(w.x);
    each.unlock(r);
  }
  for (mutex& each : m) each.lock(a);
  a.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(access, a_first_race_is_not_lost_behind_many_ordered_accesses) {
  world w;
  actor a = w.main(), b = w.go(a);
  b.write(w.x);
  for (int i = 0; i < 1000; ++i) {
    actor c = w.go(a);
    c.read(w.y);
    a.read(w.y);
  }
  a.read(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

// Who comes by again from the same place, and nobody has since, goes the quickest way of all.
TEST(access, who_comes_again_and_again_is_remembered_as_of_the_last_time) {
  for (const bool writes : {true, false})
    for (unsigned times = 1; times < 6; ++times) {
      world w;
      const actor a = w.main(), b = w.go(a);
      mutex m;
      const auto comes_by = [&](std::uint64_t& p) { writes ? a.write(p) : a.read(p); };
      for (unsigned i = 0; i < times; ++i) locked(m, a, [&] { comes_by(w.x), comes_by(w.y), comes_by(w.z); });
      m.lock(b);
      comes_by(w.y);
      comes_by(w.z);
      race::memory_fresh(&w.z, sizeof w.z);
      b.write(w.x), b.write(w.z);
      EXPECT_TRUE(w.silent());
      b.write(w.y);
      EXPECT_TRUE(w.raced(w.y));
    }
}

// One who was there before and is not ordered with it is still found by others, whoever came last.
TEST(access, who_comes_again_leaves_the_others_there) {
  for (unsigned times = 1; times < 6; ++times) {
    world w;
    const actor a = w.main(), b = w.go(a), c = w.go(a);
    mutex of_a, of_b;
    for (unsigned i = 0; i < times; ++i) {
      locked(of_b, b, [&] { b.read(w.x); });
      locked(of_a, a, [&] { a.read(w.x); });
      a.read(w.x);
    }
    of_a.lock(c), of_b.lock(c);
    EXPECT_TRUE(w.silent());
    c.write(w.x);
    EXPECT_TRUE(w.raced(w.x));
  }
}

TEST(creation, is_transitive) {
  world w;
  actor a = w.main();
  a.write(w.x);
  actor last = a;
  for (int i = 0; i < 50; ++i) last = w.go(last);
  last.write(w.x);
  EXPECT_TRUE(w.silent());
}

// TestRaceGoroutineCreationStack: a start gives an edge to the child only.
TEST(creation, gives_no_edge_back) {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(b), d = w.go(c);
  a.write(w.x);
  d.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

// Children get their state when they first do something: what counts is what their creator knew and had done when it made each.
TEST(creation, gives_what_the_creator_knew_then) {
  world w;
  const actor a = w.main(), other = w.go(a);
  mutex m;
  locked(m, other, [&] { other.write(w.y); });
  a.write(w.bytes[0]);
  const actor first = w.go(a);
  a.write(w.bytes[1]);
  const actor second = w.go(a);
  locked(m, a, [] {});
  const actor third = w.go(a);
  a.write(w.bytes[2]);
  for (const actor& g : {first, second, third}) g.read(w.bytes[0]);
  EXPECT_TRUE(w.silent());
  second.read(w.bytes[1]);
  third.read(w.bytes[1]);
  third.read(w.y);
  EXPECT_TRUE(w.silent());
  first.read(w.bytes[1]);
  EXPECT_TRUE(w.raced(w.bytes[1]));
  third.read(w.bytes[2]);
  EXPECT_TRUE(w.raced(w.bytes[2]));
  second.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST(creation, outlives_the_creator) {
  world w;
  const actor a = w.main();
  a.write(w.x);
  const actor b = w.go(a);
  b.write(w.y);
  const actor c = w.go(b), d = w.go(b);
  b.write(w.z);
  b.end();
  c.write(w.x), c.write(w.y);
  EXPECT_TRUE(w.silent());
  d.write(w.z);
  EXPECT_TRUE(w.raced(w.z));
}

TEST(creation, ends_without_having_done_anything) {
  world w;
  const actor a = w.main();
  a.write(w.x);
  const actor b = w.go(a), c = w.go(a);
  b.emit(kind::go_end);
  c.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(thread, join_of_one_that_did_nothing_hands_on_what_its_creator_knew) {
  world w;
  const actor a = w.main(), b = w.go(a), t{fresh_id()};
  a.write(w.x);
  a.emit(kind::thread_create, t.id);
  a.write(w.y);
  b.emit(kind::thread_join, t.id);
  b.write(w.x);
  EXPECT_TRUE(w.silent());
  b.write(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST(thread, join_orders_its_end) {
  world w;
  actor a = w.main(), t{fresh_id()};
  a.emit(kind::thread_create, t.id);
  t.write(w.x);
  t.emit(kind::thread_end);
  a.emit(kind::thread_join, t.id);
  a.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(thread, without_join_its_writes_race) {
  world w;
  actor a = w.main(), t{fresh_id()};
  a.emit(kind::thread_create, t.id);
  t.write(w.x);
  t.emit(kind::thread_end);
  a.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(epoch, a_release_ends_it) {
  world w;
  actor a = w.main(), b = w.go(a);
  mutex m;
  a.write(w.x);
  m.unlock(a);
  a.write(w.x);  // not part of what was released
  m.lock(b);
  b.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

// The time of an actor has 24 bits; it goes on under another number.
TEST(epoch, times_that_run_out_lose_nothing) {
  world w;
  actor a = w.main(), b = w.go(a);
  w.go(a);
  mutex early, late, idle;
  a.write(w.x);
  a.write(w.bytes[9]);
  early.unlock(a);
  a.write(w.y);
  for (unsigned i = 0; i < (1u << 24); ++i) idle.unlock(a);
  a.write(w.z);
  early.lock(b);
  b.read(w.x);
  EXPECT_TRUE(w.silent());
  b.read(w.y);
  EXPECT_TRUE(w.raced(w.y));
  late.unlock(a);
  late.lock(b);
  b.read(w.z);
  EXPECT_FALSE(w.raced(w.z));
  w.go(a).write(w.bytes[9]);  // a has created one as who it was before
  EXPECT_FALSE(w.raced(w.bytes));
}

// What many leave before anybody waits is put together late: nobody's is lost, and nobody's is there who has left nothing, or not yet.
TEST(wait_group, orders_all_who_are_done_and_nobody_else) {
  for (unsigned missing : {0u, 5u, 6u, 7u, 50u, 99u}) {
    world w;
    const actor a = w.main();
    wait_group g;
    std::vector<actor> all;
    for (unsigned i = 0; i < 100; ++i) g.add(a), all.push_back(w.go(a));
    for (unsigned i = 0; i < 100; ++i) {
      all[i].write(w.bytes[i]);
      if (i != missing) g.done(all[i]);
      if (i % 10 == 0) all[i].write(w.bytes[100 + i]);  // too late
    }
    g.wait(a);
    for (unsigned i = 0; i < 200; ++i) a.write(w.bytes[i]);
    for (unsigned i = 0; i < 100; ++i) {
      EXPECT_EQ(w.raced(w.bytes[i]), i == missing) << i;
      EXPECT_EQ(w.raced(w.bytes[100 + i]), i % 10 == 0) << i;
    }
  }
}

// Between two rounds nothing is carried over that was not there, and what each child has learned from others comes with it.
TEST(wait_group, brings_what_its_children_have_learned) {
  world w;
  const actor a = w.main(), b = w.go(a), other = w.go(a);
  b.write(w.x);
  other.write(w.y);
  wait_group g;
  mutex m;
  locked(m, b, [] {});
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 40; ++i) {
      const actor c = w.go(a);
      if (i == 20) locked(m, c, [] {});
      g.done(c);
    }
    g.wait(a);
  }
  a.write(w.x);
  EXPECT_FALSE(w.raced(w.x));
  a.write(w.y);
  EXPECT_TRUE(w.raced(w.y));
}

TEST(creation, many_live_goroutines) {
  world w;
  actor a = w.main();
  wait_group g;
  for (int i = 0; i < 20000; ++i) {
    g.add(a);
    actor c = w.go(a);
    if (i % 2) c.write(w.bytes[i % 256]);
    g.done(c);
  }
  g.wait(a);
  EXPECT_TRUE(w.raced(w.bytes));
  a.write(w.x);
  a.write_range(w.bytes, sizeof w.bytes);
  EXPECT_FALSE(w.raced(w.x));
}

}  // namespace
}  // namespace gosan::test
