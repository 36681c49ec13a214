// Memory of states is used again, also while other threads run; large sets of readers stay whole and cheap.
#include "race/collect.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/states.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

[[gnu::noinline]] void write_here(const actor& a, std::uint64_t& x) { a.write(x); }

// What a thread remembers while a pass goes on, of a state that has left its location before the pass comes by. First of all
// tests, so that all of the few states there are get used again.
TEST(collect, ids_remembered_during_a_pass_mean_nothing_after_it) {
  world w;
  static actor a, b;
  static world* during;
  a = w.main(), b = w.go(a), during = &w;
  mutex m;
  auto garbage = [&] {
    for (int i = 0; i < 100; ++i) m.unlock(b), b.write(w.y);
  };
  std::vector<std::uint64_t> used_again(5000);
  garbage();
  a.write(w.x);
  garbage();
  m.unlock(a);
  race::collect::observe_passes([]() noexcept { write_here(a, during->x); });
  race::collect::now();
  race::collect::observe_passes(nullptr);
  // In each of these states but those it knows, a finds the write of b.
  constexpr std::size_t count = 5000;
  for (std::size_t i = 0; i < count; ++i) m.unlock(b), b.write(used_again[i]);
  for (std::size_t i = 0; i < count; ++i) write_here(a, used_again[i]);
  EXPECT_EQ(w.racy_bytes(), count * sizeof(std::uint64_t));
  race::memory_fresh(used_again.data(), used_again.size() * sizeof used_again[0]);
}

TEST(collect, memory_of_states_is_bounded_by_what_is_in_use) {
  world w;
  actor a = w.main();
  mutex m;
  auto many_epochs = [&] {
    for (int i = 0; i < 200000; ++i) {
      m.unlock(a);
      a.write(w.bytes[i % 64]);
      a.write(w.x);
    }
  };
  many_epochs();
  race::collect::now();
  const auto used = race::states::units_used();
  for (int i = 0; i < 5; ++i) {
    many_epochs();
    race::collect::now();
  }
  EXPECT_LT(race::states::units_used(), used + used / 2);
}

TEST(collect, what_is_in_use_stays) {
  world w;
  actor a = w.main(), b = w.go(a);
  mutex m;
  for (unsigned char& byte : w.bytes) {
    m.unlock(a);
    a.write(byte);
  }
  for (int i = 0; i < 3; ++i) race::collect::now();
  for (int i = 0; i < 1000; ++i) {
    m.unlock(a);
    a.write(w.y);
  }
  b.write_range(w.bytes, sizeof w.bytes);
  EXPECT_EQ(w.racy_bytes(), sizeof w.bytes);
}

TEST(readers, many_are_remembered_and_cheap) {
  world w;
  actor a = w.main();
  constexpr int count = 30000;
  mutex late;
  const auto before = race::states::units_used();
  std::vector<actor> readers;
  for (int i = 0; i < count; ++i) {
    readers.push_back(w.go(a));
    readers.back().read(w.x);
  }
  EXPECT_LT(race::states::units_used() - before, 40u * count) << "copied for each reader";
  wait_group g;
  for (int i = 0; i < count; ++i)
    if (i != 777) g.done(readers[static_cast<std::size_t>(i)]);
  g.wait(a);
  a.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(readers, all_ordered_is_silent) {
  world w;
  actor a = w.main();
  wait_group g;
  for (int i = 0; i < 3000; ++i) {
    actor r = w.go(a);
    r.read(w.x);
    g.done(r);
  }
  g.wait(a);
  a.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(readers, again_and_again_adds_nothing) {
  world w;
  actor a = w.main();
  std::vector<actor> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(w.go(a));
  for (const actor& r : readers) r.read(w.x);
  const auto before = race::states::units_used() + race::states::units_since_collection();
  for (int round = 0; round < 100; ++round)
    for (const actor& r : readers) r.read(w.x);
  EXPECT_LT(race::states::units_used() + race::states::units_since_collection(), before + 5000);
}

// Real threads access one array under one lock each round, while memory is collected over and over.
TEST(collect, runs_beside_the_program) {
  static std::uint64_t shared[512];
  race::memory_fresh(shared, sizeof shared);
  const auto races = race::races_found();
  std::atomic<bool> stop{false};
  std::thread collector([&] {
    while (!stop) race::collect::now();
  });
  std::vector<std::thread> threads;
  const std::uint64_t lock_id = fresh_id();
  live::spin_lock lock;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      const actor me{live::current_actor()};
      for (int round = 0; round < 3000; ++round) {
        std::lock_guard hold(lock);
        me.emit(kind::lock_acquire, lock_id, 0);
        for (std::uint64_t& x : shared) __gosan_write8(&x);
        me.emit(kind::lock_release, lock_id, 0);
      }
    });
  for (std::thread& t : threads) t.join();
  stop = true;
  collector.join();
  EXPECT_EQ(race::races_found(), races);
  EXPECT_GT(race::collect::passes(), 0u);
}

}  // namespace
}  // namespace gosan::test
