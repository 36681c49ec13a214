// Memory of states is used again, also while other threads run; large sets of readers stay whole and cheap.
#include "race/collect.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
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

// A thread that does what it is told, one thing after the other: who collects is not checked meanwhile.
class other_thread {
 public:
  other_thread() : thread_([this] { serve(); }) {}
  ~other_thread() {
    run([this] { over_ = true; });
    thread_.join();
  }
  void run(const std::function<void()>& f) {
    std::unique_lock hold(lock_);
    todo_ = &f;
    changed_.notify_all();
    changed_.wait(hold, [this] { return !todo_; });
  }

 private:
  void serve() {
    std::unique_lock hold(lock_);
    while (!over_) {
      changed_.wait(hold, [this] { return todo_; });
      (*todo_)();
      todo_ = nullptr;
      changed_.notify_all();
    }
  }
  std::mutex lock_;
  std::condition_variable changed_;
  const std::function<void()>* todo_ = nullptr;
  bool over_ = false;
  std::thread thread_;
};

// What the other thread does in the midst of a pass.
using race::collect::moment;
other_thread* worker = nullptr;
std::function<void(moment)> meanwhile;
void collect_meanwhile(std::function<void(moment)> f) {
  meanwhile = std::move(f);
  race::collect::observe_passes([](moment at) noexcept { worker->run([at] { meanwhile(at); }); });
  ASSERT_TRUE(race::collect::now());
  race::collect::observe_passes(nullptr);
}

// What a thread remembers while a pass goes on, of a state that has left its location before the pass comes by. First of all
// tests, so that all of the few states there are get used again.
TEST(collect, ids_remembered_during_a_pass_mean_nothing_after_it) {
  world w;
  other_thread other;
  worker = &other;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  // Locations of one state, which all leave it in the pass, before it comes by.
  std::vector<std::uint64_t> left(64), used_again(20000);
  for (std::uint64_t& x : left) b.write(x);
  m.unlock(b);
  m.lock(a);
  collect_meanwhile([&](moment at) {
    if (at == moment::before_marking)
      for (std::uint64_t& x : left) write_here(a, x);
  });
  // One of these states has the number of that one. In each of them a finds the write of b.
  for (std::uint64_t& x : used_again) m.unlock(b), b.write(x);
  other.run([&] {
    for (std::uint64_t& x : used_again) write_here(a, x);
  });
  EXPECT_EQ(w.racy_bytes(), used_again.size() * sizeof used_again[0]);
  race::memory_fresh(left.data(), left.size() * sizeof left[0]);
  race::memory_fresh(used_again.data(), used_again.size() * sizeof used_again[0]);
}

// What is handed out during a pass is in use after it, although the pass has been at its locations before.
TEST(collect, states_made_during_a_pass_stay) {
  world w;
  other_thread other;
  worker = &other;
  const actor a = w.main(), b = w.go(a);
  mutex m;
  std::vector<std::uint64_t> places(20000), garbage(20000);
  auto write_all = [&](const actor& who, std::vector<std::uint64_t>& all) {
    for (std::uint64_t& x : all) m.unlock(who), write_here(who, x);
  };
  auto make_garbage = [&] {
    write_all(b, garbage);
    race::memory_fresh(garbage.data(), garbage.size() * sizeof garbage[0]);
  };
  make_garbage();
  ASSERT_TRUE(race::collect::now());
  collect_meanwhile([&](moment at) {
    if (at == moment::after_marking) write_all(a, places);
  });
  for (int i = 0; i < 20; ++i) make_garbage();  // in what was found free: of b, with which it does not conflict
  b.write_range(places.data(), places.size() * sizeof places[0]);
  EXPECT_EQ(w.racy_bytes(), places.size() * sizeof places[0]);
  race::memory_fresh(places.data(), places.size() * sizeof places[0]);
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

// A pass takes time, in which the program goes on making states.
TEST(collect, a_pass_needs_no_fresh_memory) {
  world w;
  other_thread other;
  worker = &other;
  const actor a = w.main();
  mutex m;
  std::vector<std::uint64_t> garbage(20000);
  auto make_garbage = [&](moment) {
    for (int i = 0; i < 10; ++i) {
      for (std::uint64_t& x : garbage) m.unlock(a), write_here(a, x);
      race::memory_fresh(garbage.data(), garbage.size() * sizeof garbage[0]);
    }
  };
  other.run([&] { make_garbage({}); });
  ASSERT_TRUE(race::collect::now());
  for (int i = 0; i < 3; ++i) collect_meanwhile(make_garbage);
  const auto used = race::states::units_used();
  for (int i = 0; i < 5; ++i) collect_meanwhile(make_garbage);
  EXPECT_LT(race::states::units_used(), used + used / 4);
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
