// C++ atomics: acquire and release, release sequences, relaxed operations, fences, failed compare-exchange.
#include <gtest/gtest.h>

#include <thread>

#include "race/access.hpp"
#include "race/atomics.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

constexpr int relaxed = 0, acquire = 2, release = 3, seq_cst = 5;

struct two {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(a);
  std::uint64_t& flag = w.y;

  void store(const actor& g, std::uint64_t v, int o) { g.runs(), __gosan_atomic64_store(&flag, v, o); }
  std::uint64_t load(const actor& g, int o) { return g.runs(), __gosan_atomic64_load(&flag, o); }
  std::uint64_t add(const actor& g, int o) { return g.runs(), __gosan_atomic64_fetch_add(&flag, 1, o); }
  std::uint64_t sub(const actor& g, int o) { return g.runs(), __gosan_atomic64_fetch_sub(&flag, 1, o); }
  std::uint64_t cas(const actor& g, std::uint64_t from, std::uint64_t to, int o, int failure) {
    return g.runs(), __gosan_atomic64_compare_exchange(&flag, from, to, o, failure);
  }
  void fence(const actor& g, int o) { g.runs(), __gosan_atomic_thread_fence(o); }
};

TEST(atomic, a_release_store_precedes_the_acquire_load_that_reads_it) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  ASSERT_EQ(t.load(t.b, acquire), 1u);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, relaxed_on_either_side_orders_nothing) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, relaxed);
  t.load(t.b, acquire);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
  two u;
  u.a.write(u.w.x);
  u.store(u.a, 1, release);
  u.load(u.b, relaxed);
  u.b.write(u.w.x);
  EXPECT_TRUE(u.w.raced(u.w.x));
}

TEST(atomic, accesses_of_one_object_do_not_race_with_each_other) {
  two t;
  t.store(t.a, 1, relaxed);
  t.add(t.b, relaxed);
  t.load(t.c, relaxed);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, TestRaceAtomicStoreLoad) {
  two t;
  t.store(t.a, 1, seq_cst);
  t.b.read(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

TEST(atomic, TestRaceAtomicLoadStore) {
  two t;
  t.load(t.a, seq_cst);
  t.b.write(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

TEST(atomic, a_load_and_a_plain_read_do_not_race) {
  two t;
  t.load(t.a, seq_cst);
  t.b.read(t.flag);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, an_atomic_write_is_remembered_behind_a_plain_read) {
  two t;
  t.store(t.b, 1, relaxed);
  t.c.read(t.w.x);
  t.load(t.a, relaxed);
  t.a.read(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

TEST(atomic, TestRaceAtomicAddLoad) {
  two t;
  t.add(t.a, seq_cst);
  t.b.read(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

TEST(atomic, TestNoRaceAtomicAddInt64) {
  two t;
  t.b.write(t.w.x);
  t.add(t.b, seq_cst);
  ASSERT_EQ(t.add(t.c, seq_cst), 1u);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, TestNoRaceAtomicCASCASInt32_2) {
  two t;
  t.b.write(t.w.x);
  t.cas(t.b, 0, 1, seq_cst, seq_cst);
  ASSERT_EQ(t.cas(t.c, 0, 1, seq_cst, seq_cst), 1u);  // fails, and still acquires
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, a_failed_compare_exchange_with_relaxed_failure_acquires_nothing) {
  two t;
  t.b.write(t.w.x);
  t.cas(t.b, 0, 1, seq_cst, seq_cst);
  ASSERT_EQ(t.cas(t.c, 0, 1, seq_cst, relaxed), 1u);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

// One that fails writes nothing.
TEST(atomic, a_failed_compare_exchange_and_a_plain_read_do_not_race) {
  two t;
  ASSERT_EQ(t.cas(t.b, 1, 2, seq_cst, seq_cst), 0u);
  t.c.read(t.flag);
  EXPECT_TRUE(t.w.silent());
}

TEST(atomic, a_compare_exchange_and_a_plain_read_race) {
  two t;
  ASSERT_EQ(t.cas(t.b, 0, 2, relaxed, relaxed), 0u);
  t.c.read(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

TEST(atomic, a_failed_compare_exchange_and_a_plain_write_race) {
  two t;
  ASSERT_EQ(t.cas(t.b, 1, 2, relaxed, relaxed), 0u);
  t.c.write(t.flag);
  EXPECT_TRUE(t.w.raced(t.flag));
}

// Atomic objects in the same eight bytes are found one by one, whichever was there first.
void write_between_neighbours_and_read_after(two& t, unsigned acquired) {
  auto* halves = reinterpret_cast<std::uint32_t*>(&t.flag);
  t.b.runs(), __gosan_atomic32_store(&halves[0], 1, release);
  t.b.write(t.w.x);
  t.b.runs(), __gosan_atomic32_store(&halves[1], 1, release);
  t.c.runs(), __gosan_atomic32_load(&halves[acquired], acquire);
  t.c.read(t.w.x);
}

TEST(atomic, neighbours_carry_each_their_own) {
  two t;
  write_between_neighbours_and_read_after(t, 0);
  EXPECT_TRUE(t.w.raced(t.w.x));
  two u;
  write_between_neighbours_and_read_after(u, 1);
  EXPECT_TRUE(u.w.silent());
}

TEST(atomic, what_was_forgotten_carries_nothing_and_is_used_again) {
  two t;
  t.b.write(t.w.x);
  t.store(t.b, 1, release);
  const std::uint64_t alive = race::sync_vars_alive();
  race::forget(reinterpret_cast<std::uintptr_t>(&t.flag), sizeof t.flag);
  EXPECT_EQ(race::sync_vars_alive(), alive - 1);
  t.load(t.c, acquire);
  t.c.read(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
  std::uint64_t z = 0;
  t.b.write(z);
  t.store(t.b, 1, release);
  EXPECT_EQ(race::sync_vars_alive(), alive);
  t.load(t.c, acquire);
  t.c.read(z);
  EXPECT_FALSE(t.w.raced(z));
}

// The program's mistake, and no reason to wait for ever: an object is forgotten, time and again, by one thread while another uses it.
TEST(atomic, one_that_is_forgotten_while_it_is_used_holds_up_nobody) {
  two t;
  const std::uint64_t alive = race::sync_vars_alive();
  std::atomic<bool> over{false};
  std::thread user([&] {
    t.b.runs();
    while (!over.load()) __gosan_atomic64_fetch_add(&t.flag, 1, seq_cst), __gosan_atomic64_load(&t.flag, acquire);
    t.b.end();
  });
  for (int i = 0; i < 20000; ++i) race::forget_atomics(reinterpret_cast<std::uintptr_t>(&t.flag), sizeof t.flag);
  over.store(true), user.join();
  race::forget_atomics(reinterpret_cast<std::uintptr_t>(&t.flag), sizeof t.flag);
  EXPECT_EQ(race::sync_vars_alive(), alive);
}

TEST(release_sequence, a_relaxed_update_continues_it) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  t.add(t.b, relaxed);
  t.load(t.c, acquire);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(release_sequence, a_relaxed_update_adds_nothing_of_its_own) {
  two t;
  t.store(t.a, 1, release);
  t.b.write(t.w.x);
  t.add(t.b, relaxed);
  t.load(t.c, acquire);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(release_sequence, a_relaxed_store_ends_it) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  t.store(t.b, 2, relaxed);
  t.load(t.c, acquire);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(release_sequence, a_release_update_joins_two_heads) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  t.b.write(t.w.z);
  t.add(t.b, release);
  t.load(t.c, acquire);
  t.c.write(t.w.x);
  t.c.write(t.w.z);
  EXPECT_TRUE(t.w.silent());
}

TEST(fence, a_release_fence_stamps_later_relaxed_stores) {
  two t;
  t.a.write(t.w.x);
  t.fence(t.a, release);
  t.store(t.a, 1, relaxed);
  t.load(t.b, acquire);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(fence, what_follows_the_release_fence_is_not_stamped) {
  two t;
  t.fence(t.a, release);
  t.a.write(t.w.x);
  t.store(t.a, 1, relaxed);
  t.load(t.b, acquire);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(fence, an_acquire_fence_takes_what_relaxed_loads_have_read) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  t.load(t.b, relaxed);
  t.fence(t.b, acquire);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(fence, an_acquire_fence_before_the_load_takes_nothing) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  t.fence(t.b, acquire);
  t.load(t.b, relaxed);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(fence, two_fences_order_across_relaxed_operations) {
  two t;
  t.a.write(t.w.x);
  t.fence(t.a, seq_cst);
  t.store(t.a, 1, relaxed);
  t.load(t.b, relaxed);
  t.fence(t.b, seq_cst);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

// The reference count: every owner gives up with release, the last one fences before it destroys.
TEST(fence, reference_count_with_the_fence) {
  two t;
  t.store(t.a, 2, relaxed);
  t.b.write(t.w.x);
  t.sub(t.b, release);
  t.sub(t.c, release);
  t.fence(t.c, acquire);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(fence, reference_count_without_the_fence) {
  two t;
  t.store(t.a, 2, relaxed);
  t.b.write(t.w.x);
  t.sub(t.b, release);
  t.sub(t.c, release);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(fence, reference_count_with_relaxed_decrements) {
  two t;
  t.store(t.a, 2, relaxed);
  t.b.write(t.w.x);
  t.sub(t.b, relaxed);
  t.sub(t.c, relaxed);
  t.fence(t.c, acquire);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(atomic, values_are_right_for_every_operation_and_size) {
  two t;
  t.a.runs();
  std::uint8_t b = 7;
  EXPECT_EQ(__gosan_atomic8_exchange(&b, 9, seq_cst), 7);
  EXPECT_EQ(__gosan_atomic8_fetch_and(&b, 3, seq_cst), 9);
  EXPECT_EQ(__gosan_atomic8_fetch_or(&b, 6, seq_cst), 1);
  EXPECT_EQ(__gosan_atomic8_fetch_xor(&b, 2, seq_cst), 7);
  EXPECT_EQ(__gosan_atomic8_fetch_nand(&b, 4, seq_cst), 5);
  EXPECT_EQ(b, 0xfb);
  unsigned __int128 q = 1;
  __gosan_atomic128_store(&q, 5, seq_cst);
  EXPECT_EQ(static_cast<unsigned>(__gosan_atomic128_fetch_add(&q, 2, seq_cst)), 5u);
  EXPECT_EQ(static_cast<unsigned>(__gosan_atomic128_load(&q, seq_cst)), 7u);
}

TEST(atomic, fresh_memory_carries_nothing) {
  two t;
  t.a.write(t.w.x);
  t.store(t.a, 1, release);
  race::memory_fresh(&t.flag, sizeof t.flag);
  t.load(t.b, acquire);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

}  // namespace
}  // namespace gosan::test
