// What the tests of the primitives share: each body runs as the main goroutine with 1, 2, 4 and 8
// processors, and must leave no goroutine behind. Order is forced by waiting until a goroutine is
// really parked, never by sleeping.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "events/snapshot.hpp"
#include "gosan/gosan.hpp"
#include "sched/fixture.hpp"

namespace gosan::test {

// Goroutines and threads that are parked because of `why`.
inline std::size_t parked(events::wait_reason why) {
  auto all = events::take_snapshot().goroutines;
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [why](const auto& g) {
    return g.why == why && (g.state == events::goroutine_state::waiting ||
                            (g.is_thread && g.state == events::goroutine_state::blocking));
  }));
}

// Lets others run until n of them are parked because of `why`.
inline void await_parked(events::wait_reason why, std::size_t n = 1) {
  while (parked(why) < n) yield();
}

// Lets others run until the caller is alone.
inline void await_alone() {
  while (num_goroutine() > 1) yield();
}

// The panic of a misuse, or nothing.
template <class F>
std::optional<panic_code> panic_of(F f) {
  try {
    f();
  } catch (const panic_error& e) {
    return static_cast<panic_code>(e.code().value());
  }
  return std::nullopt;
}

class on_processors : public gosan::testing::with_processors {
 protected:
  // Runs body as the main goroutine and waits for all it has started.
  template <class F>
  void in_main(F body) {
    run([&] {
      body();
      await_alone();
      EXPECT_EQ(num_goroutine(), 1u);
    });
  }
};

// Counts its copies, which let everybody else run before they go. There is no move that would leave less behind.
class lingering {
 public:
  explicit lingering(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  lingering(const lingering& o) : alive_(o.alive_) { ++alive_; }
  ~lingering() {
    for (int i = 0; i < 20; ++i) yield();
    --alive_;
  }

 private:
  std::atomic<int>& alive_;
};

// GOSAN_SUITE_ON_PROCESSORS(suite, base, counts...): a suite of TEST_Ps on a fixture derived from
// on_processors.
#define GOSAN_SUITE_ON_PROCESSORS(suite, base, ...)                           \
  class suite : public base {};                                               \
  INSTANTIATE_TEST_SUITE_P(Processors, suite, ::testing::Values(__VA_ARGS__), \
                           [](const auto& p) { return "p" + std::to_string(p.param); })
#define GOSAN_ON_PROCESSORS(suite) \
  GOSAN_SUITE_ON_PROCESSORS(suite, gosan::test::on_processors, 1, 2, 4, 8)

using wait = events::wait_reason;

}  // namespace gosan::test
