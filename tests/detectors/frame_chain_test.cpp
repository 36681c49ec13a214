// A chain that is only compared, beside one that is walked.
#include "live/frame_chain.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace gosan::live {
namespace {

constexpr std::size_t words = 400;

// Memory with a chain of frames in it, as a stack has them.
struct fake_stack {
  std::uintptr_t word[words] = {};

  events::stack_range bounds() const { return {reinterpret_cast<std::uintptr_t>(word), reinterpret_cast<std::uintptr_t>(word + words)}; }
  std::uintptr_t address(std::size_t i) const { return reinterpret_cast<std::uintptr_t>(word + i); }
  // Frames at these places, the last one with the link zero.
  void put(const std::vector<std::size_t>& places, const std::vector<std::uintptr_t>& pcs) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      word[places[i]] = i + 1 < places.size() ? address(places[i + 1]) : 0;
      word[places[i] + 1] = pcs[i];
    }
  }
  // What walk.cpp does.
  std::vector<std::uintptr_t> walk(std::size_t from, unsigned skip) const {
    std::vector<std::uintptr_t> pcs;
    const auto [low, high] = bounds();
    for (std::uintptr_t fp = address(from); fp >= low && fp <= high - 16 && fp % 8 == 0;) {
      const auto* frame = reinterpret_cast<const std::uintptr_t*>(fp);
      if (!frame[1]) break;
      if (skip) --skip;
      else pcs.push_back(frame[1]);
      if (frame[0] <= fp) break;
      fp = frame[0];
    }
    return pcs;
  }
};

struct chain_of {
  std::vector<std::size_t> places;
  std::vector<std::uintptr_t> pcs;
};

chain_of random_chain(std::mt19937& random, std::size_t frames) {
  chain_of c;
  std::size_t at = random() % 8;
  for (std::size_t i = 0; i < frames; ++i, at += 2 + random() % 12) {
    c.places.push_back(at);
    c.pcs.push_back(0x1000 + random() % 3);
  }
  return c;
}

events::stack_id find(const frame_chains& chains, const fake_stack& s, std::size_t from, unsigned skip = 0) {
  return chains.find(5, s.word + from, s.bounds(), skip);
}

void learn(frame_chains& chains, const fake_stack& s, std::size_t from, unsigned skip = 0, events::stack_id id = 1) {
  chains.learn(5, s.word + from, s.bounds(), skip, 64, id);
}

TEST(frame_chain, is_known_again_on_another_stack_and_at_another_depth) {
  frame_chains chains;
  fake_stack one, other;
  one.put({3, 9, 20}, {11, 12, 13});
  other.put({103, 109, 120}, {11, 12, 13});
  learn(chains, one, 3);
  EXPECT_EQ(find(chains, one, 3), 1u);
  EXPECT_EQ(find(chains, other, 103), 1u);
}

TEST(frame_chain, every_word_of_it_counts) {
  const std::vector<std::size_t> places{3, 9, 20};
  for (std::size_t place : places)
    for (std::size_t word : {place, place + 1}) {
      frame_chains chains;
      fake_stack s;
      s.put(places, {11, 12, 13});
      learn(chains, s, 3);
      s.word[word] += 8;
      EXPECT_EQ(find(chains, s, 3), 0u) << word;
      s.word[word] -= 8;
      EXPECT_EQ(find(chains, s, 3), 1u) << word;
    }
}

TEST(frame_chain, is_not_looked_for_beyond_the_stack) {
  frame_chains chains;
  fake_stack s;
  s.put({3, 9, 20}, {11, 12, 13});
  learn(chains, s, 3);
  EXPECT_EQ(chains.find(5, s.word + 3, {s.address(3), s.address(22)}, 0), 1u);
  EXPECT_EQ(chains.find(5, s.word + 3, {s.address(3), s.address(21)}, 0), 0u);
  EXPECT_EQ(chains.find(5, s.word + 3, {s.address(4), s.address(30)}, 0), 0u);
}

TEST(frame_chain, what_else_was_left_out_or_is_too_long_is_another_one) {
  frame_chains chains;
  fake_stack s;
  s.put({3, 9, 20}, {11, 12, 13});
  learn(chains, s, 3, 1);
  EXPECT_EQ(find(chains, s, 3, 1), 1u);
  EXPECT_EQ(find(chains, s, 3, 0), 0u);
  chains.learn(5, s.word + 3, s.bounds(), 0, 2, 1);  // more frames than a stack may have
  EXPECT_EQ(find(chains, s, 3), 0u);
  std::mt19937 random(1);
  const chain_of longest = random_chain(random, frame_chain::most), longer = random_chain(random, frame_chain::most + 1);
  fake_stack a, b;
  a.put(longest.places, longest.pcs);
  learn(chains, a, longest.places[0]);
  EXPECT_EQ(find(chains, a, longest.places[0]), 1u);
  b.put(longer.places, longer.pcs);
  learn(chains, b, longer.places[0]);
  EXPECT_EQ(find(chains, b, longer.places[0]), 0u);
}

// The twin: whatever is found is what a walk would find, and what has not changed is found.
TEST(frame_chain, agrees_with_a_walk_whatever_has_changed) {
  std::mt19937 random(7);
  std::size_t found = 0, refused = 0;
  for (int round = 0; round < 100000; ++round) {
    frame_chains chains;
    fake_stack s;
    const chain_of c = random_chain(random, 1 + random() % 8);
    const unsigned skip = random() % 3;
    s.put(c.places, c.pcs);
    const auto before = s.walk(c.places[0], skip);
    learn(chains, s, c.places[0], skip, before.empty() ? 0 : 1);
    const bool learnt = find(chains, s, c.places[0], skip) != 0;
    EXPECT_EQ(learnt, !before.empty());
    const std::size_t shift = random() % 4;
    fake_stack now;
    std::vector<std::size_t> places = c.places;
    for (std::size_t& p : places) p += shift;
    std::vector<std::uintptr_t> pcs = c.pcs;
    if (random() % 3 == 0) pcs[random() % pcs.size()] = random() % 2 ? 0 : 0x1000 + random() % 3;
    if (random() % 4 == 0) places.resize(1 + random() % places.size());
    now.put(places, pcs);
    if (random() % 3 == 0) now.word[places[random() % places.size()] + random() % 2] = random() % 2 ? now.address(random() % words) : random() % 4;
    const bool same = now.walk(places[0], skip) == before;
    const bool is_found = find(chains, now, places[0], skip) != 0;
    if (is_found) {
      ASSERT_TRUE(same) << round;
    }
    if (pcs == c.pcs && places.size() == c.places.size() && now.walk(places[0], 0) == c.pcs && now.word[places.back()] == 0 && !before.empty() &&
        std::equal(places.begin() + 1, places.end(), places.begin(),
                   [&](std::size_t next, std::size_t at) { return now.word[at] == now.address(next); })) {
      ASSERT_TRUE(is_found) << round;
    }
    ++(is_found ? found : refused);
  }
  EXPECT_GT(found, 20000u);
  EXPECT_GT(refused, 20000u);
}

}  // namespace
}  // namespace gosan::live
