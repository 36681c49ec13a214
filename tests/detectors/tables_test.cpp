#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "live/internal_alloc.hpp"
#include "live/paged_table.hpp"
#include "sync/objects.hpp"

namespace gosan::live {
namespace {

struct entry {
  std::atomic<std::uint64_t> word;
};

TEST(paged_table, entries_start_at_zero_and_keep_their_values) {
  auto t = std::make_unique<paged_table<entry>>();
  EXPECT_EQ(t->find(123456789), nullptr);
  for (std::uint64_t id : {1ull, 1023ull, 1024ull, 5'000'000ull, 90'000'000'000ull}) {
    EXPECT_EQ(t->at(id).word.load(), 0u);
    t->at(id).word = id;
  }
  for (std::uint64_t id : {1ull, 1023ull, 1024ull, 5'000'000ull, 90'000'000'000ull}) EXPECT_EQ(t->find(id)->word.load(), id);
}

TEST(paged_table, a_page_whose_entries_are_all_retired_is_forgotten_and_no_sooner) {
  auto t = std::make_unique<paged_table<entry>>();
  for (std::uint64_t id = 1024; id < 2048; ++id) t->at(id).word = id;
  for (std::uint64_t id = 1024; id < 2047; ++id) t->retire(id);
  EXPECT_EQ(t->find(2047)->word.load(), 2047u);
  t->retire(2047);
  EXPECT_EQ(t->find(2047)->word.load(), 0u);
}

TEST(paged_table, pages_that_may_be_used_again_serve_later_ids_as_zeroes) {
  auto t = std::make_unique<paged_table<entry>>();
  std::set<const entry*> first;
  for (std::uint64_t id = 0; id < 4096; ++id) t->at(id).word = id + 1;
  for (std::uint64_t id = 0; id < 4096; id += 1024) first.insert(&t->at(id));
  for (std::uint64_t id = 0; id < 4095; ++id) t->reuse(id);
  EXPECT_EQ(t->find(0), nullptr);
  EXPECT_EQ(t->find(4095)->word.load(), 4096u);  // its page is not over yet
  t->reuse(4095);
  int again = 0;
  for (std::uint64_t id = 10240; id < 20480; ++id) {
    entry& e = t->at(id);
    ASSERT_EQ(e.word.load(), 0u);
    if (id % 1024 == 0) again += static_cast<int>(first.count(&e));
    e.word = id;
  }
  EXPECT_EQ(again, 3);  // one is kept back for readers
  EXPECT_EQ(t->find(4095), nullptr);
}

TEST(paged_table, who_comes_to_an_entry_after_the_end_of_its_page_disturbs_nobody) {
  auto t = std::make_unique<paged_table<entry>>();
  for (std::uint64_t id = 0; id < 3072; ++id) {
    t->at(id).word = 1;
    EXPECT_EQ(t->reuse(id), id % 1024 == 1023) << id;
  }
  for (std::uint64_t id : {5ull, 1024ull, 3000ull}) t->at(id).word = 7;
  for (std::uint64_t id = 4096; id < 9000; ++id) ASSERT_EQ(t->at(id).word.load(), 0u);
  for (std::uint64_t id : {5ull, 1024ull, 3000ull}) EXPECT_EQ(t->find(id), nullptr);
}

TEST(paged_table, pages_none_of_whose_entries_was_used_serve_nobody) {
  auto t = std::make_unique<paged_table<entry>>();
  for (std::uint64_t id = 0; id < 4096; ++id) t->reuse(id);
  t->at(5000).word = 1;
  EXPECT_EQ(t->find(5001)->word.load(), 0u);
}

TEST(paged_table, a_page_may_be_remembered_until_so_many_more_entries_are_over) {
  auto t = std::make_unique<paged_table<entry>>();
  std::vector<std::uint64_t> forgotten;
  constexpr std::uint64_t keep = 2048;
  std::uint64_t so_far = 0;
  auto over = [&](std::uint64_t id, std::uint32_t n) {
    so_far += n;
    t->reuse(id, n, so_far, keep, [&](std::uint64_t first) { forgotten.push_back(first); });
  };
  for (std::uint64_t id = 0; id < 5120; ++id) t->at(id).word = id + 1;
  over(7, 1000);
  over(1024, 1024);
  over(3, 24);  // now the first page is over, too, 2048 are
  over(2048, 1024);
  for (std::uint64_t id = 0; id < 3072; ++id) ASSERT_EQ(t->find(id)->word.load(), id + 1);
  over(3072, 1023);
  EXPECT_TRUE(forgotten.empty());
  over(3072, 1);  // 4096 are over: those of the second page, which was over first, and of the first one
  EXPECT_EQ(forgotten, (std::vector<std::uint64_t>{1024, 0}));
  EXPECT_EQ(t->find(5), nullptr);
  EXPECT_EQ(t->find(1030), nullptr);
  for (std::uint64_t id = 2048; id < 5120; ++id) ASSERT_EQ(t->find(id)->word.load(), id + 1);
}

TEST(paged_table, a_forgotten_page_reads_as_zeroes) {
  auto t = std::make_unique<paged_table<entry>>();
  t->forget_page(5000);  // there is none
  EXPECT_EQ(t->find(5000), nullptr);
  for (std::uint64_t id : {1023ull, 1024ull, 2047ull, 2048ull}) t->at(id).word = id;
  t->forget_page(1500);
  EXPECT_EQ(t->find(1024)->word.load(), 0u);
  EXPECT_EQ(t->find(2047)->word.load(), 0u);
  EXPECT_EQ(t->find(1023)->word.load(), 1023u);
  EXPECT_EQ(t->find(2048)->word.load(), 2048u);
}

TEST(object_table, what_is_known_of_a_channel_outlives_others_of_its_page) {
  auto t = std::make_unique<sync::object_table>();
  constexpr events::object_id kept = 1500;
  for (events::object_id id = 1024; id < 2048; ++id) t->on_event({.what = events::kind::chan_make, .stack = 5, .g = 1, .obj = id, .a = 3, .b = 8});
  for (events::object_id id = 1024; id < 2048; ++id) {
    if (id == kept) continue;
    EXPECT_FALSE(t->on_event({.what = events::kind::chan_drop, .g = 1, .obj = id}));
    EXPECT_FALSE(t->on_event({.what = events::kind::obj_destroy, .g = 1, .obj = id}));
  }
  EXPECT_EQ(t->name(kept), "channel #1500 (capacity 3, elements of 8 bytes)");
  EXPECT_EQ(t->find(kept)->created_at.load(), 5u);
  t->on_event({.what = events::kind::chan_drop, .g = 1, .obj = kept});
  EXPECT_TRUE(t->on_event({.what = events::kind::obj_destroy, .g = 1, .obj = kept}));
  EXPECT_EQ(t->find(kept), nullptr);  // now its memory may serve others
}

TEST(paged_table, threads_see_one_page) {
  auto t = std::make_unique<paged_table<entry>>();
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&] {
      for (std::uint64_t id = 0; id < 20000; ++id) t->at(id * 64).word.fetch_add(1);
    });
  for (auto& th : threads) th.join();
  for (std::uint64_t id = 0; id < 20000; ++id) ASSERT_EQ(t->find(id * 64)->word.load(), 4u);
}

TEST(internal_alloc, blocks_do_not_overlap_and_are_aligned) {
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (std::size_t n : {1u, 16u, 17u, 100u, 4096u, 32768u, 32769u, 100000u})
    for (int i = 0; i < 20; ++i) {
      auto* p = static_cast<char*>(internal_alloc(n));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 16, 0u);
      std::fill(p, p + n, static_cast<char>(blocks.size()));
      blocks.emplace_back(p, n);
    }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t k = 0; k < blocks[i].second; ++k) ASSERT_EQ(blocks[i].first[k], static_cast<char>(i));
    internal_free(blocks[i].first, blocks[i].second);
  }
}

TEST(internal_alloc, a_freed_block_is_used_again) {
  void* p = internal_alloc(48);
  internal_free(p, 48);
  EXPECT_EQ(internal_alloc(48), p);
}

}  // namespace
}  // namespace gosan::live
