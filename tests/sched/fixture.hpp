// The fixture of all tests of the runtime: the body runs with 1, 2, 4 and 8 processors, as a main goroutine, and afterwards
// nothing may be left alive.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "gosan/go.hpp"
#include "sched/sched.hpp"

namespace gosan::testing {

// Waits until the count comes down; for ends that nothing else tells of. The limit only turns a hang into a failure.
inline std::size_t settled_goroutines() {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (num_goroutine() != 0 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  return num_goroutine();
}

class with_processors : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { gomaxprocs(GetParam()); }
  void TearDown() override { EXPECT_EQ(settled_goroutines(), 0u) << "goroutines are left alive"; }
};

#define GOSAN_FOR_PROCESSORS(fixture)                                                    \
  INSTANTIATE_TEST_SUITE_P(processors, fixture, ::testing::Values(1, 2, 4, 8), [](const auto& info) { \
    return "p" + std::to_string(info.param);                                             \
  })

// Counts down to zero once; one goroutine or thread waits. Made of the scheduler's seam alone, so that tests of the
// scheduler need no primitive built on it.
class countdown {
 public:
  explicit countdown(int n) : left_(n) {}

  void done() {
    if (left_.fetch_sub(1) != 1) return;
    if (rt::goroutine* w = waiter_.exchange(finished())) rt::ready(w);
  }
  void wait() {
    rt::park(events::wait_reason::wait_group_wait, 0, &countdown::commit, this);
  }

 private:
  static rt::goroutine* finished() { return reinterpret_cast<rt::goroutine*>(1); }
  static bool commit(rt::goroutine* g, void* self) {
    rt::goroutine* nobody = nullptr;
    return static_cast<countdown*>(self)->waiter_.compare_exchange_strong(nobody, g);
  }

  std::atomic<int> left_;
  std::atomic<rt::goroutine*> waiter_{nullptr};
};

}  // namespace gosan::testing
