// Sizes, offsets, ranges, fresh memory, and the whole of a state against its naive twin.
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "fake_live.hpp"
#include "intercept/heap.hpp"
#include "live/detectors.hpp"
#include "race/states.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

TEST(bytes, neighbours_do_not_conflict) {
  world w;
  actor a = w.main(), b = w.go(a);
  for (int i = 0; i < 8; ++i) (i % 2 ? a : b).write(w.bytes[i]);
  EXPECT_TRUE(w.silent());
}

TEST(bytes, mixed_sizes_conflict_where_they_overlap) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.write(*reinterpret_cast<std::uint32_t*>(w.bytes + 4));
  b.write(w.bytes[3]);
  EXPECT_TRUE(w.silent());
  b.write(w.bytes[5]);
  EXPECT_TRUE(w.raced(w.bytes[5]));
  EXPECT_EQ(w.racy_bytes(), 1u);
}

TEST(bytes, an_unaligned_access_reaches_both_granules) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.runs();
  __gosan_unaligned_write8(w.bytes + 5);
  b.write(w.bytes[4]);
  b.write(w.bytes[13]);
  EXPECT_TRUE(w.silent());
  b.write(w.bytes[5]);
  b.write(w.bytes[12]);
  EXPECT_EQ(w.racy_bytes(), 2u);
}

TEST(bytes, sixteen_at_once) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.runs();
  __gosan_write16(w.bytes);
  b.write(w.bytes[15]);
  EXPECT_TRUE(w.raced(w.bytes[15]));
}

TEST(bytes, ranges) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.write_range(w.bytes + 3, 100);
  b.read(w.bytes[2]);
  b.read(w.bytes[103]);
  EXPECT_TRUE(w.silent());
  b.read(w.bytes[3]);
  b.read(w.bytes[102]);
  EXPECT_EQ(w.racy_bytes(), 2u);
}

TEST(bytes, copies_read_and_write) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.runs();
  __gosan_memcpy(w.bytes, w.bytes + 128, 16);
  b.read(w.bytes[130]);
  EXPECT_TRUE(w.silent());
  b.read(w.bytes[1]);
  EXPECT_TRUE(w.raced(w.bytes[1]));
}

TEST(vptr, storing_what_is_there_is_no_write) {
  world w;
  actor a = w.main(), b = w.go(a);
  void* p = &w;
  a.read(p);
  b.runs();
  __gosan_vptr_write(&p, &w);
  EXPECT_TRUE(w.silent());
  __gosan_vptr_write(&p, &a);
  EXPECT_TRUE(w.raced(p));
  race::memory_fresh(&p, sizeof p);
}

TEST(fresh, earlier_accesses_are_forgotten) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.write_range(w.bytes, 64);
  race::memory_fresh(w.bytes + 3, 40);
  b.write_range(w.bytes + 3, 40);
  EXPECT_TRUE(w.silent());
  b.write(w.bytes[2]);
  b.write(w.bytes[43]);
  EXPECT_EQ(w.racy_bytes(), 2u);
}

TEST(fresh, long_ranges) {
  world w;
  actor a = w.main(), b = w.go(a);
  std::vector<char> block(1 << 20);
  a.write_range(block.data(), block.size());
  race::memory_fresh(block.data() + 5, block.size() - 10);
  b.write_range(block.data() + 5, block.size() - 10);
  EXPECT_TRUE(w.silent());
  b.write(block[4]);
  EXPECT_EQ(w.racy_bytes(), 1u);
  race::memory_fresh(block.data(), block.size());
}

TEST(ignored, accesses_are_not_seen) {
  world w;
  actor a = w.main(), b = w.go(a);
  a.write(w.x);
  b.runs();
  race::ignore_begin();
  __gosan_write8(&w.x);
  race::ignore_end();
  EXPECT_TRUE(w.silent());
  __gosan_write8(&w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(report, has_both_stacks_whole) {
  world w;
  actor a = w.main(), b = w.go(a);
  findings().clear();
  const char code[8] = {};
  a.runs();
  const auto outer = __gosan_func_entry(code), inner = __gosan_func_entry(code + 1);
  a.write(w.x);
  __gosan_func_exit(inner);
  __gosan_func_exit(outer);
  b.runs();
  const auto only = __gosan_func_entry(code + 2);
  b.write(w.x);
  __gosan_func_exit(only);
  ASSERT_EQ(findings().size(), 1u);
  const finding& f = findings()[0];
  EXPECT_EQ(f.kind, finding_kind::data_race);
  ASSERT_EQ(f.parties.size(), 2u);
  EXPECT_EQ(f.parties[0].role, "write of 8 bytes");
  EXPECT_EQ(f.parties[1].role, "previous write of 8 bytes");
  EXPECT_EQ(f.parties[0].goroutine, b.id);
  EXPECT_EQ(f.parties[1].goroutine, a.id);
  ASSERT_EQ(f.parties[0].stack.size(), 2u);
  EXPECT_EQ(f.parties[0].stack[1].pc, reinterpret_cast<std::uintptr_t>(code + 2));
  ASSERT_EQ(f.parties[1].stack.size(), 3u);
  EXPECT_EQ(f.parties[1].stack[1].pc, reinterpret_cast<std::uintptr_t>(code + 1));
  EXPECT_EQ(f.parties[1].stack[2].pc, reinterpret_cast<std::uintptr_t>(code));
}

// Nobody says then which goroutine runs on a thread.
TEST(calls, without_the_race_detector_a_function_may_end_on_another_thread) {
  const char code[8] = {};
  detectors() = 0;
  std::uint64_t outer = 0, inner = 0;
  std::thread([&] { outer = __gosan_func_entry(code), inner = __gosan_func_entry(code + 1); }).join();
  std::thread([&] {
    __gosan_func_exit(inner);
    __gosan_func_exit(__gosan_func_entry(code + 2));
    __gosan_func_resume(outer);
    EXPECT_EQ(__gosan_thread.top, __gosan_thread.limit);
    __gosan_func_exit(outer);
    EXPECT_EQ(__gosan_thread.top, __gosan_thread.limit);
  }).join();
  detectors() = live::race;
}

std::uint64_t some_global[4];

TEST(report, names_the_global) {
  world w;
  actor a = w.main(), b = w.go(a);
  findings().clear();
  a.write(some_global[1]);
  b.read(some_global[1]);
  ASSERT_EQ(findings().size(), 1u);
  ASSERT_EQ(findings()[0].objects.size(), 1u);
  EXPECT_NE(findings()[0].objects[0].what.find("some_global"), std::string::npos) << findings()[0].objects[0].what;
  EXPECT_NE(findings()[0].objects[0].what.find("8 bytes into it"), std::string::npos);
  race::memory_fresh(some_global, sizeof some_global);
}

TEST(report, names_the_heap_block) {
  world w;
  actor a = w.main(), b = w.go(a);
  findings().clear();
  auto* p = static_cast<std::uint64_t*>(intercept::heap::allocate(24, 16, 0));
  a.write(p[2]);
  b.read(p[2]);
  ASSERT_EQ(findings().size(), 1u);
  ASSERT_EQ(findings()[0].objects.size(), 1u);
  EXPECT_EQ(findings()[0].objects[0].what, "heap block of 24 bytes, 16 bytes into it");
  race::memory_fresh(p, 24);
  intercept::heap::release(p);
}

std::string names(const std::vector<held_lock>& locks) {
  std::string text;
  for (const held_lock& l : locks) text += l.name + (l.read ? "r " : "w ");
  return text;
}

TEST(report, has_the_locks_held_at_each_access) {
  world w;
  actor a = w.main(), b = w.go(a);
  mutex before, held, shared, later;
  findings().clear();
  before.lock(a);
  before.unlock(a);
  held.lock(a);
  shared.lock_shared(a);
  a.write(w.x);
  later.lock(a);
  later.unlock(a);
  shared.unlock_shared(a);
  b.write(w.x);
  ASSERT_EQ(findings().size(), 1u);
  const finding& f = findings()[0];
  EXPECT_EQ(names(f.parties[0].locks), "");
  EXPECT_EQ(names(f.parties[1].locks), "lock #" + std::to_string(held.id) + "w lock #" + std::to_string(shared.id) + "r ");
  ASSERT_FALSE(f.notes.empty());
  EXPECT_NE(f.notes[0].find("goroutine " + std::to_string(b.id) + " holds no lock"), std::string::npos) << f.notes[0];
  held.unlock(a);
}

TEST(report, says_which_order_is_missing) {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(a);
  mutex m, n;
  findings().clear();
  m.lock_shared(b);
  n.lock(c);
  b.write(w.y);
  c.write(w.y);
  ASSERT_EQ(findings().size(), 1u);
  EXPECT_NE(findings()[0].notes.at(0).find("they hold different locks"), std::string::npos) << findings()[0].notes[0];
  m.unlock_shared(b);
  n.unlock(c);
}

TEST(report, a_race_declared_benign_is_not_reported) {
  world w;
  actor a = w.main(), b = w.go(a);
  race::benign_race(&w.z, sizeof w.z, "a statistic");
  const auto meant = race::races_meant();
  a.write(w.z);
  b.write(w.z);
  EXPECT_FALSE(w.raced(w.z));
  EXPECT_EQ(race::races_meant(), meant + 1);
}

TEST(report, one_per_pair_of_places) {
  world w;
  actor a = w.main(), b = w.go(a);
  findings().clear();
  for (std::size_t i = 0; i < sizeof w.bytes; ++i) a.write(w.bytes[i]);
  for (std::size_t i = 0; i < sizeof w.bytes; ++i) b.write(w.bytes[i]);
  EXPECT_EQ(w.racy_bytes(), sizeof w.bytes);
  EXPECT_EQ(findings().size(), 1u);
}

}  // namespace
}  // namespace gosan::test
