// The allocator: blocks do not overlap, are aligned, are found from any address inside, and come back from other threads.
#include "intercept/heap.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "intercept/size_classes.hpp"

namespace gosan::intercept {
namespace {

std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

TEST(size_classes, each_size_fits_its_class_and_not_the_one_below) {
  for (std::size_t n = 1; n <= largest_cached; n += n < 10000 ? 1 : 997) {
    const unsigned c = class_of(n);
    ASSERT_LE(n, size_of_class(c));
    if (c) ASSERT_GT(n, size_of_class(c - 1));
    ASSERT_EQ(size_of_class(c) % 16, 0u);
  }
}

TEST(heap, a_block_is_found_from_every_byte_of_it_and_only_while_it_lives) {
  for (std::size_t n : {1u, 16u, 17u, 100u, 5000u, 8192u, 8193u, 300000u, 3000000u}) {
    char* p = static_cast<char*>(heap::allocate(n, 16, 7));
    for (std::size_t i : {std::size_t{0}, n / 2, n - 1}) {
      heap_block b;
      ASSERT_TRUE(block_of(p + i, b)) << n;
      EXPECT_EQ(b.start, address(p));
      EXPECT_EQ(b.size, n);
      EXPECT_EQ(heap::site_of(p + i), 7u);
    }
    heap_block b;
    EXPECT_FALSE(block_of(p + n, b)) << n;
    EXPECT_EQ(heap::release(p), heap::outcome::freed);
    EXPECT_FALSE(block_of(p, b)) << n;
  }
}

TEST(heap, what_is_no_block_is_told) {
  int local = 0;
  heap_block b;
  EXPECT_FALSE(block_of(&local, b));
  EXPECT_EQ(heap::release(&local), heap::outcome::not_a_block);
  char* p = static_cast<char*>(heap::allocate(40, 16, 0));
  EXPECT_EQ(heap::release(p + 8), heap::outcome::not_a_block);
  EXPECT_EQ(heap::release(p), heap::outcome::freed);
  EXPECT_EQ(heap::release(p), heap::outcome::freed_before);
}

TEST(heap, alignment) {
  for (std::size_t align = 16; align <= 1 << 20; align *= 2)
    for (std::size_t n : {1u, 24u, 200u, 9000u, 70000u, 2000000u}) {
      void* p = heap::allocate(n, align, 0);
      ASSERT_EQ(address(p) % align, 0u) << n << " at " << align;
      heap::release(p);
    }
}

TEST(heap, resize_in_place_keeps_the_block) {
  void* p = heap::allocate(100, 16, 0);
  EXPECT_TRUE(heap::resize(p, 112));
  EXPECT_EQ(heap::size_of(p), 112u);
  EXPECT_FALSE(heap::resize(p, 113));
  EXPECT_FALSE(heap::resize(p, 10));  // too much would be left over
  heap::release(p);
}

TEST(heap, random_blocks_do_not_overlap) {
  std::mt19937 random(5);
  std::map<std::uintptr_t, std::size_t> live;
  for (int i = 0; i < 20000; ++i) {
    if (live.size() > 500 || (!live.empty() && random() % 3 == 0)) {
      auto it = std::next(live.begin(), random() % std::min<std::size_t>(live.size(), 50));
      ASSERT_EQ(heap::size_of(reinterpret_cast<void*>(it->first)), it->second);
      ASSERT_EQ(heap::release(reinterpret_cast<void*>(it->first)), heap::outcome::freed);
      live.erase(it);
      continue;
    }
    const std::size_t n = random() % 8 ? random() % 600 : random() % 200000;
    const auto a = address(heap::allocate(n, 16, 0));
    auto after = live.lower_bound(a);
    if (after != live.end()) ASSERT_LE(a + n, after->first);
    if (after != live.begin()) ASSERT_LE(std::prev(after)->first + std::prev(after)->second, a);
    std::memset(reinterpret_cast<void*>(a), 0xee, n);
    live[a] = n;
  }
  for (auto [a, n] : live) heap::release(reinterpret_cast<void*>(a));
}

TEST(heap, blocks_freed_by_another_thread_come_back) {
  std::set<void*> seen;
  for (int round = 0; round < 200; ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i < 200; ++i) blocks.push_back(heap::allocate(64, 16, 0));
    seen.insert(blocks.begin(), blocks.end());
    std::thread([&] {
      for (void* p : blocks) heap::release(p);
      heap::thread_ended();
    }).join();
  }
  EXPECT_LT(seen.size(), 2000u);
}

TEST(heap, a_freed_block_is_not_given_out_again_at_once) {
  for (const std::size_t n : {1u, 24u, 100u, 1000u, 8000u, 20000u, 500000u}) {
    void* p = heap::allocate(n, 16, 0);
    heap::release(p);
    void* q = heap::allocate(n, 16, 0);
    EXPECT_NE(p, q) << n;
    heap::release(q);
  }
}

TEST(heap, freed_blocks_are_used_again) {
  for (const std::size_t n : {24u, 1000u, 20000u}) {
    std::set<void*> seen;
    for (int i = 0; i < 1000; ++i) {
      void* p = heap::allocate(n, 16, 0);
      seen.insert(p);
      heap::release(p);
    }
    EXPECT_LT(seen.size(), 200u) << n;
  }
}

TEST(heap, too_much_is_refused) {
  EXPECT_EQ(heap::allocate(std::size_t{1} << 60, 16, 0), nullptr);
}

}  // namespace
}  // namespace gosan::intercept
