// Starting, ending, naming, yielding.
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fixture.hpp"

namespace gosan {
namespace {

using testing::countdown;

class goroutines : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(goroutines);

TEST_P(goroutines, run_returns_the_functions_result) {
  EXPECT_EQ(run([] { return 7; }), 7);
  EXPECT_EQ(run([] {}), 0);
}

TEST_P(goroutines, run_inside_a_goroutine_calls_the_function) {
  EXPECT_EQ(run([] { return run([] { return 3; }) + 1; }), 4);
}

TEST_P(goroutines, arguments_are_moved_in_and_destroyed_at_the_end) {
  auto alive = std::make_shared<int>(5);
  run([&] {
    countdown all(2);
    go([&](std::shared_ptr<int> p, std::unique_ptr<int> q) { EXPECT_EQ(*p + *q, 11); all.done(); }, alive,
       std::make_unique<int>(6));
    struct big {
      char bytes[4096] = {1, 2};
    };
    go([&all, b = big{}, alive] { EXPECT_EQ(b.bytes[1], 2); all.done(); });
    all.wait();
  });
  EXPECT_EQ(testing::settled_goroutines(), 0u);
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_P(goroutines, every_one_has_an_id_of_its_own) {
  std::mutex m;
  std::set<std::uint64_t> ids;
  run([&] {
    countdown all(1000);
    for (int i = 0; i < 1000; ++i)
      go([&] {
        {
          std::lock_guard hold(m);
          ids.insert(this_goroutine::id());
        }
        all.done();
      });
    all.wait();
    ids.insert(this_goroutine::id());
  });
  EXPECT_EQ(ids.size(), 1001u);
  EXPECT_EQ(ids.count(0), 0u);
}

TEST_P(goroutines, names_are_given_and_changed) {
  run([] {
    EXPECT_EQ(this_goroutine::name(), "main");
    countdown one(1);
    go({.name = "worker"}, [&] {
      EXPECT_EQ(this_goroutine::name(), "worker");
      this_goroutine::set_name("renamed");
      EXPECT_EQ(this_goroutine::name(), "renamed");
      one.done();
    });
    one.wait();
  });
}

TEST_P(goroutines, num_goroutine_counts_the_main_one_and_not_daemons) {
  run([] {
    EXPECT_EQ(num_goroutine(), 1u);
    countdown started(2), ended(2);
    std::atomic<bool> finish{false};
    auto body = [&] {
      started.done();
      while (!finish) yield();
      ended.done();
    };
    go(body);
    go_daemon("background", body);
    started.wait();
    EXPECT_EQ(num_goroutine(), 2u);
    finish = true;
    ended.wait();
  });
}

TEST_P(goroutines, threads_start_goroutines_without_run) {
  countdown all(100);
  for (int i = 0; i < 100; ++i) go([&] { all.done(); });
  all.wait();
}

TEST_P(goroutines, goexit_runs_destructors_and_ends_only_the_caller) {
  run([] {
    std::atomic<int> destroyed{0};
    bool reached = false;
    countdown one(1);
    go([&] {
      defer last{[&] { one.done(); }};
      defer first{[&] { ++destroyed; }};
      [&] {
        defer inner{[&] { ++destroyed; }};
        try {
          goexit();
        } catch (const std::exception&) {
          reached = true;
        }
      }();
      reached = true;
    });
    one.wait();
    EXPECT_EQ(destroyed, 2);
    EXPECT_FALSE(reached);
  });
}

TEST_P(goroutines, goexit_on_a_thread_throws) { EXPECT_THROW(goexit(), std::logic_error); }

TEST_P(goroutines, gomaxprocs_returns_the_number_before) {
  EXPECT_EQ(gomaxprocs(), GetParam());
  EXPECT_EQ(gomaxprocs(3), GetParam());
  EXPECT_EQ(gomaxprocs(GetParam()), 3);
}

TEST_P(goroutines, gomaxprocs_changes_under_load) {
  run([] {
    countdown all(64);
    for (int i = 0; i < 64; ++i)
      go([&] {
        for (int k = 0; k < 200; ++k) yield();
        all.done();
      });
    for (int n = 0; n < 50; ++n) {
      gomaxprocs(1 + n % 8);
      yield();
    }
    all.wait();
  });
}

TEST_P(goroutines, yield_lets_the_others_run) {
  run([] {
    std::atomic<bool> flag{false};
    go([&] { flag = true; });
    while (!flag) yield();
  });
}

TEST_P(goroutines, park_goes_on_at_once_when_the_commit_refuses) {
  run([] {
    int calls = 0;
    rt::park(events::wait_reason::chan_recv, 0,
             [](rt::goroutine*, void* n) { return ++*static_cast<int*>(n), false; }, &calls);
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(goroutines, threads_and_goroutines_wake_each_other) {
  for (int i = 0; i < 200; ++i) {
    countdown from_goroutine(1), from_thread(1);
    go([&] {
      from_thread.wait();
      from_goroutine.done();
    });
    from_thread.done();
    from_goroutine.wait();
  }
}

// Each stays in a read() that the runtime knows nothing of, until the last has come: more workers are started meanwhile, by the monitor.
TEST_P(goroutines, raise_signals_on_whatever_worker_they_run) {
  constexpr int all = 24;
  static std::atomic<int> handled;
  handled = 0;
  struct sigaction count {}, before {};
  count.sa_handler = [](int) { ++handled; };
  ASSERT_EQ(sigaction(SIGUSR2, &count, &before), 0);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  run([&] {
    std::atomic<int> raised{0};
    countdown ended(all);
    for (int i = 0; i < all; ++i)
      go([&] {
        raise(SIGUSR2);
        char c;
        if (++raised == all) EXPECT_EQ(write(ends[1], std::string(all, 'x').data(), all), all);
        EXPECT_EQ(read(ends[0], &c, 1), 1);
        ended.done();
      });
    ended.wait();
  });
  EXPECT_EQ(handled, all);
  close(ends[0]), close(ends[1]);
  sigaction(SIGUSR2, &before, nullptr);
}

}  // namespace
}  // namespace gosan
