// What C++ asks of a scheduler that moves code between threads.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cfenv>
#include <cstring>
#include <stdexcept>
#include <string>

#include "fixture.hpp"
#include "options/options.hpp"

namespace gosan {
namespace {

using testing::countdown;

class cpp : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(cpp);

TEST_P(cpp, exceptions_survive_yields_inside_catch_blocks) {
  run([] {
    countdown all(64);
    for (int i = 0; i < 64; ++i)
      go([&, i] {
        for (int k = 0; k < 50; ++k) {
          const std::string mine = std::to_string(i) + "/" + std::to_string(k);
          try {
            try {
              throw std::runtime_error(mine);
            } catch (const std::exception& e) {
              yield();
              EXPECT_EQ(e.what(), mine);
              try {
                throw i;
              } catch (int n) {
                yield();
                EXPECT_EQ(n, i);
              }
              yield();
              throw;
            }
          } catch (const std::runtime_error& e) {
            EXPECT_EQ(e.what(), mine);
          }
        }
        all.done();
      });
    all.wait();
  });
}

TEST_P(cpp, uncaught_exceptions_counts_the_goroutines_own) {
  run([] {
    countdown all(2);
    struct yielder {
      ~yielder() {
        yield();
        EXPECT_EQ(std::uncaught_exceptions(), 1);
      }
    };
    go([&] {
      try {
        yielder y;
        throw 1;
      } catch (int) {
      }
      all.done();
    });
    go([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(std::uncaught_exceptions(), 0);
        yield();
      }
      all.done();
    });
    all.wait();
  });
}

thread_local int tl_value = 0;
[[gnu::noinline]] int* address_of_tl() {
  int* p = &tl_value;
  asm volatile("" : "+r"(p));
  return p;
}

// Under the option force_migrate every stop ends on another thread.
TEST_P(cpp, forced_migration_resumes_on_another_thread) {
  if (!process_options().force_migrate) return;
  run([] {
    for (int i = 0; i < 50; ++i) {
      const auto before = gettid();
      yield();
      EXPECT_NE(gettid(), before);
    }
  });
}

// A thread_local belongs to the thread: between two scheduling points it is this thread's, whatever ran before.
TEST_P(cpp, thread_locals_belong_to_the_thread_between_scheduling_points) {
  run([] {
    countdown all(32);
    for (int i = 0; i < 32; ++i)
      go([&, i] {
        for (int k = 0; k < 100; ++k) {
          *address_of_tl() = i;
          EXPECT_EQ(*address_of_tl(), i);
          yield();
        }
        all.done();
      });
    all.wait();
  });
}

TEST_P(cpp, errno_is_kept_over_scheduling_that_does_not_move_the_goroutine) {
  run([] {
    if (gomaxprocs() != 1 || process_options().force_migrate) return;
    errno = 77;
    yield();
    EXPECT_EQ(errno, 77);
  });
}

TEST_P(cpp, floating_point_work_survives_switches) {
  run([] {
    countdown all(16);
    for (int i = 0; i < 16; ++i)
      go([&, i] {
        double x = i;
        for (int k = 0; k < 100; ++k) {
          x = x * 1.5 + 1;
          yield();
        }
        double y = i;
        for (int k = 0; k < 100; ++k) y = y * 1.5 + 1;
        EXPECT_EQ(x, y);
        all.done();
      });
    all.wait();
  });
}

TEST_P(cpp, fork_and_exec_from_a_goroutine) {
  run([] {
    countdown all(4);
    for (int i = 0; i < 4; ++i)
      go([&, i] {
        const pid_t child = fork();
        if (child == 0) {
          const std::string status = "exit " + std::to_string(10 + i);
          execl("/bin/sh", "sh", "-c", status.c_str(), nullptr);
          _exit(127);
        }
        int status = 0;
        EXPECT_EQ(blocking([&] { return waitpid(child, &status, 0); }), child);
        EXPECT_TRUE(WIFEXITED(status));
        EXPECT_EQ(WEXITSTATUS(status), 10 + i);
        all.done();
      });
    all.wait();
  });
}

[[gnu::noinline]] int deep(int n) {
  volatile char page[1024];
  page[0] = static_cast<char>(n);
  return n == 0 ? page[0] : deep(n - 1) + page[0] * 0 + 1;
}

TEST_P(cpp, stacks_grow_to_what_was_asked) {
  run([] {
    countdown two(2);
    go([&] { EXPECT_EQ(deep(80), 80); two.done(); });
    go({.stack_size = 4 << 20}, [&] { EXPECT_EQ(deep(3000), 3000); two.done(); });
    two.wait();
    EXPECT_EQ(deep(4000), 4000);  // the main goroutine's is large
  });
}

}  // namespace
}  // namespace gosan
