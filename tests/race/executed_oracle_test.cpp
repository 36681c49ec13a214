// Random programs that really run: goroutines on several workers, each with a script of its own, use channels, select, locks, wait
// groups, once, semaphores, pools, timers, contexts and atomics of the runtime as it records. Every event and every access goes, one
// at a time, to the detector and to its naive twin; afterwards both must know the same racy bytes.
//
// The seed gives the scripts again, not the interleaving: that is the machine's, and the same for the two.
// GOSAN_ORACLE_PROGRAMS sets how many are run, GOSAN_ORACLE_SEED where to begin.
#include <gosan/gosan.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <shared_mutex>
#include <string>

#include "executed_sink.hpp"
#include "race/abi.hpp"
#include "race/race.hpp"
#include "race/race_report.hpp"

namespace gosan::test {
namespace {

using namespace std::chrono_literals;

struct alignas(64) memory {
  unsigned char bytes[64];
  std::uint64_t atomics[3];
};
memory shared;
std::set<std::uintptr_t> reported;  // guarded by one_at_a_time()

void note(const race::race_found& r) {
  for (unsigned i = 0; r.granule && i < 8; ++i)
    if (r.previous.bytes >> i & 1) reported.insert(r.granule + i);
}

// Accesses: what instrumented code would do, and the twin.
void plain(std::mt19937& random) {
  const std::size_t n = std::size_t{1} << random() % 4;
  unsigned char* p = random() % 10 ? shared.bytes + random() % 48 : reinterpret_cast<unsigned char*>(&shared.atomics[random() % 3]);
  const bool writes = random() % 3 == 0;
  std::lock_guard hold(one_at_a_time());
  writes ? __gosan_write_range(p, n) : __gosan_read_range(p, n);
  twin().touch(running_id(), reinterpret_cast<std::uintptr_t>(p), n, writes ? oracle::write : oracle::read);
}

void atomic(std::mt19937& random) {
  static constexpr int load_orders[] = {0, 1, 2, 5}, store_orders[] = {0, 3, 5}, update_orders[] = {0, 2, 3, 4, 5};
  std::uint64_t& x = shared.atomics[random() % 3];
  const auto p = reinterpret_cast<std::uintptr_t>(&x);
  const std::uint64_t v = variable | p;
  std::lock_guard hold(one_at_a_time());
  const std::uint64_t g = running_id();
  switch (random() % 4) {
    case 0: {
      const int o = load_orders[random() % 4];
      __gosan_atomic64_load(&x, o);
      twin().touch(g, p, 8, oracle::atomic_read);
      return twin().load(g, v, o);
    }
    case 1: {
      const int o = store_orders[random() % 3];
      __gosan_atomic64_store(&x, random() % 3, o);
      twin().touch(g, p, 8, oracle::atomic_write);
      return twin().store(g, v, o);
    }
    case 2: {
      const int o = update_orders[random() % 5];
      __gosan_atomic64_fetch_add(&x, 1, o);
      twin().touch(g, p, 8, oracle::atomic_write);
      return twin().update(g, v, o);
    }
    default: {
      const int o = std::array{2, 3, 4, 5}[random() % 4];
      __gosan_atomic_thread_fence(o);
      return twin().fence(g, o);
    }
  }
}

class program {
 public:
  explicit program(unsigned seed) : seed_(seed) {
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < channels_.size(); ++i) channels_[i] = make_chan<int>(random() % 4);
    signal_ = make_chan<void>(random() % 2);
  }

  void run() {
    auto [ctx, cancel] = with_cancel(context::background());
    context_ = ctx;
    for (unsigned i = 0; i < 3 + seed_ % 4; ++i) start(seed_ * 100 + i, 2);
    std::mt19937 random(seed_);
    for (int i = 0; i < 10; ++i) access(random);
    cancel();
    access(random);
    group_.wait();
    for (auto& c : channels_) c.close();
    for (int i = 0; i < 10; ++i) access(random);
  }

 private:
  void start(unsigned seed, int depth) {
    group_.go([this, seed, depth] {
      std::mt19937 random(seed);
      for (unsigned i = 0; i < 25; ++i) step(random, depth);
    });
  }

  static void access(std::mt19937& random) { random() % 4 ? plain(random) : atomic(random); }

  void step(std::mt19937& random, int depth) {
    access(random);
    switch (random() % 16) {
      case 0: return void(depth && random() % 3 == 0 ? start(static_cast<unsigned>(random()), depth - 1) : yield());
      case 1: case 2: return channel_operation(random);
      case 3: return two_cases(random);
      case 4: {
        std::lock_guard hold(locks_[random() % 2]);
        return access(random);
      }
      case 5: {
        std::unique_lock hold(shared_lock_);
        return access(random);
      }
      case 6: {
        std::shared_lock hold(shared_lock_);
        return access(random);
      }
      case 7: return once_.call([&] { access(random); });
      case 8: {
        if (!semaphore_.try_acquire()) return;
        access(random);
        return semaphore_.release();
      }
      case 9: {
        auto item = pool_.get();
        access(random);
        return pool_.put(item);
      }
      case 10: return timer(random);
      case 11: return select(recv_case(context_.done()), default_case([] {})), void();
      case 12: return condition(random);
      case 13: return nested(random);
      case 14: return select(send_case(signal_), recv_case(signal_), default_case([] {})), void();
      default: return atomic(random);
    }
  }

  // Never waits for ever: a send or receive that finds no partner is given up after a moment.
  void channel_operation(std::mt19937& random) {
    auto& c = channels_[random() % channels_.size()];
    const auto limit = random() % 4 ? 0us : 300us;
    if (random() % 2) {
      limit == 0us ? select(send_case(c, 1), default_case([] {})) : select(send_case(c, 1), recv_case(after(limit)));
    } else {
      limit == 0us ? select(recv_case(c), default_case([] {})) : select(recv_case(c), recv_case(after(limit)));
    }
  }

  void two_cases(std::mt19937& random) {
    auto &c = channels_[random() % channels_.size()], &d = channels_[random() % channels_.size()];
    select(send_case(c, 1, [&] { access(random); }), recv_case(d, [&] { access(random); }), default_case([] {}));
  }

  void timer(std::mt19937& random) {
    const auto seed = static_cast<unsigned>(random());
    group_.add();
    after_func(std::chrono::microseconds(random() % 50), [this, seed] {
      std::mt19937 own(seed);
      access(own);
      group_.done();
    });
  }

  void condition(std::mt19937& random) {
    std::unique_lock hold(locks_[0]);
    if (random() % 2) return changed_.notify_all();
    changed_.wait_for(hold, 100us);
    access(random);
  }

  void nested(std::mt19937& random) {
    wait_group inner;
    const auto seed = static_cast<unsigned>(random());
    inner.go([seed] {
      std::mt19937 own(seed);
      access(own);
    });
    access(random);
    inner.wait();
    access(random);
  }

  const unsigned seed_;
  std::array<chan<int>, 3> channels_;
  chan<void> signal_;
  context context_;
  wait_group group_;
  mutex locks_[2];
  shared_mutex shared_lock_;
  once once_;
  semaphore semaphore_{1};
  pool<int> pool_;
  condition_variable changed_;
};

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

std::set<std::size_t> offsets(const std::set<std::uintptr_t>& addresses) {
  std::set<std::size_t> all;
  for (std::uintptr_t a : addresses) all.insert(a - reinterpret_cast<std::uintptr_t>(&shared));
  return all;
}

TEST(executed_oracle, random_programs) {
  const unsigned first = from_environment("GOSAN_ORACLE_SEED", 1), count = from_environment("GOSAN_ORACLE_PROGRAMS", 500);
  std::printf("seeds %u to %u\n", first, first + count - 1);
  std::size_t racy = 0;
  gosan::run([&] {
    for (unsigned seed = first; seed < first + count && !::testing::Test::HasFailure(); ++seed) {
      begin_program(&shared, sizeof shared);
      reported.clear();
      std::make_unique<program>(seed)->run();
      std::lock_guard hold(one_at_a_time());
      EXPECT_EQ(offsets(reported), offsets(twin().racy())) << "GOSAN_ORACLE_SEED=" << seed << " GOSAN_ORACLE_PROGRAMS=1";
      racy += reported.size();
    }
    return 0;
  });
  std::printf("%zu racy bytes in all, %llu events\n", racy, static_cast<unsigned long long>(events_seen()));
  EXPECT_GT(racy, 0u);
}

}  // namespace
}  // namespace gosan::test

int main(int argc, char** argv) {
  gosan::race::observe_races(gosan::test::note);
  gosan::race::at_start();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
