// What a thread remembers of its steps: as much as is of use, in as little memory as that takes.
#include "race/caches.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace gosan::test {
namespace {

race::access_key key_at(race::ticks when, std::uintptr_t pc) { return race::key_of(race::make_epoch(7, when), pc * 5, 1, race::plain_read, 0xff, 8); }

// Of `n` steps, how many are found when they are taken once more; those that are not are remembered.
std::size_t found_of(race::thread_cache& cache, race::ticks when, std::size_t n) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const race::access_key key = key_at(when, i);
    if (cache.step_of(key, 1).is_of(key, 1)) ++found;
    else cache.remember_step(key, 1, 2);
  }
  return found;
}

struct steps : ::testing::Test {
  world w;  // starts the detector
  race::thread_cache& cache = race::caches::of_this_thread();
  const std::uint32_t bits = cache.steps_used.bits;

  void SetUp() override { cache.steps_used = {cache.steps_used.first_bits, 0}, cache.drop_steps(); }
  void TearDown() override { cache.drop_steps(), cache.steps_used.bits = bits; }
};

TEST_F(steps, of_one_epoch_get_the_room_that_they_take) {
  constexpr std::size_t n = 1000;
  for (int turn = 0; turn < 10; ++turn) found_of(cache, 1, n);
  EXPECT_GT(found_of(cache, 1, n), n * 7 / 10);
  EXPECT_EQ(cache.steps_used.bits, cache.steps_used.most_bits);
}

TEST_F(steps, of_earlier_epochs_give_way) {
  for (race::ticks epoch = 1; epoch < 1000; ++epoch) found_of(cache, epoch, 16);
  EXPECT_EQ(found_of(cache, 999, 16), 16u);
  EXPECT_EQ(cache.steps_used.bits, cache.steps_used.first_bits);
}

TEST_F(steps, that_were_dropped_are_not_found) {
  found_of(cache, 1, 16);
  ASSERT_EQ(found_of(cache, 1, 16), 16u);
  cache.drop_steps();
  EXPECT_EQ(found_of(cache, 1, 16), 0u);
}

}  // namespace
}  // namespace gosan::test
