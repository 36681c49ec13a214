// Programs that end in an unusual way; argv[1] names the case.
#include <cstdio>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "events/snapshot.hpp"
#include "gosan/go.hpp"
#include "gosan/panic.hpp"
#include "sched/sched.hpp"
#include "stack/stack.hpp"

namespace {

using namespace gosan;

[[gnu::noinline]] void wait_for_ever() {
  rt::park(events::wait_reason::chan_recv, 0, [](rt::goroutine*, void*) { return true; }, nullptr);
  std::puts("woken");
}

// Returns when the goroutine of that name is parked.
void await_parked(std::string_view name) {
  const auto parked = [name] {
    for (const auto& g : events::take_snapshot().goroutines)
      if (g.name == name && g.state == events::goroutine_state::waiting) return true;
    return false;
  };
  while (!parked()) yield();
}

// Runs `act`, then passes what is written to stderr on until all the texts were there: a dump comes from another thread.
void forward_errors_until(std::initializer_list<std::string_view> texts, void (*act)()) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const int errors = dup(2);
  dup2(ends[1], 2);
  act();
  blocking([&] {
    alarm(60);  // a dump that never comes ends the test
    std::string seen;
    const auto missing = [&](std::string_view text) { return seen.find(text) == seen.npos; };
    char piece[4096];
    while (std::any_of(texts.begin(), texts.end(), missing)) {
      const ssize_t n = read(ends[0], piece, sizeof piece);
      if (n > 0) seen.append(piece, static_cast<std::size_t>(n));
    }
    alarm(0);
    dup2(errors, 2);
    std::fputs(seen.c_str(), stderr);
  });
}

[[gnu::noinline]] void throw_deep(int n) {
  if (n == 0) throw std::runtime_error("boom");  // NOLINT(gosan-lost-exception)
  throw_deep(n - 1);  // NOLINT(gosan-lost-exception)
  std::puts("not reached");
}

[[gnu::noinline]] int overflow(int n) {
  volatile char page[512];
  page[0] = static_cast<char>(n);
  return n == -1 ? 0 : overflow(n + 1) + page[0];
}

// Writes into a frame of so many bytes, from the highest down in such steps.
[[gnu::noinline]] void dig(std::size_t bytes, std::size_t step) {
  auto* frame = static_cast<volatile char*>(__builtin_alloca(bytes));
  for (std::size_t at = bytes; at > 0; at -= std::min(at, step)) frame[at - 1] = 1;
}

struct at_end {
  ~at_end() { std::puts("static destructor"); }
} object;

const std::map<std::string, std::function<int()>> cases = {
    {"deadlock", [] { return run([] { go({.name = "sleeper"}, wait_for_ever); wait_for_ever(); }); }},
    {"deadlock_in_daemon", [] { return run([] { go_daemon("background", wait_for_ever); wait_for_ever(); }); }},
    {"no_deadlock_with_a_timer",
     [] {
       return run([] {
         rt::timer t;
         t.when = rt::clock::now() + std::chrono::milliseconds(50);
         t.fire = [](rt::timer*, void* g) noexcept { rt::ready(*static_cast<rt::goroutine**>(g)); };
         rt::goroutine* me = rt::self();
         t.arg = &me;
         rt::park(events::wait_reason::sleep, 0,
                  [](rt::goroutine*, void* t) { return rt::timer_start(static_cast<rt::timer*>(t)), true; }, &t);
         rt::timer_wait_idle(&t);
         return 4;
       });
     }},
    {"no_deadlock_with_a_thread",
     [] {
       static std::atomic<rt::goroutine*> sleeper{nullptr};
       std::thread other([] {
         while (!sleeper.load()) std::this_thread::yield();
         std::this_thread::sleep_for(std::chrono::milliseconds(50));  // long enough to be taken for a deadlock
         rt::ready(sleeper);
       });
       const int status = run([] {
         rt::park(events::wait_reason::chan_recv, 0,
                  [](rt::goroutine* g, void*) { return sleeper.store(g), true; }, nullptr);
         return 4;
       });
       other.join();
       return status;
     }},
    {"deadlock_after_a_thread",
     [] {
       std::thread([] { std::this_thread::sleep_for(std::chrono::milliseconds(300)); }).detach();  // outlives the park
       return run([] { wait_for_ever(); });
     }},
    {"main_goexit", [] { return run([] { goexit(); }); }},
    {"panic", [] { return run([] { go({.name = "thrower"}, throw_deep, 3); wait_for_ever(); }); }},
    {"panic_error", [] { return run([] { throw panic_error(panic_code::send_on_closed); }); }},
    {"panic_int", [] { return run([] { throw 5; }); }},
    {"terminate_on_a_thread", [] { go([] {}); std::thread([] { throw 1; }).join(); return 0; }},  // NOLINT(gosan-lost-exception)
    {"overflow", [] { return run([] { go({.name = "deep"}, [] { overflow(0); }); wait_for_ever(); }); }},
    {"overflow_of_main", [] { return run([] { return overflow(0); }); }},
    {"overflow_with_a_large_frame",
     [] { return run([] { go({.name = "wide", .stack_size = 16384}, [] { overflow(0); }); wait_for_ever(); }); }},
    {"overflow_at_a_protected_page",
     [] {
       rt::guards_at_best(rt::guard_kind::protect);
       return run([] { go({.name = "deep"}, [] { overflow(0); }); wait_for_ever(); });
     }},
    {"overflow_over_a_canary",
     [] {
       rt::guards_at_best(rt::guard_kind::canary);
       return run([] {
         go({.name = "far"}, [] { dig(1 << 17, 512), yield(); });
         wait_for_ever();
       });
     }},
    {"overflow_without_end_or_guard",
     [] {
       rt::guards_at_best(rt::guard_kind::canary);
       return run([] { go({.name = "deep"}, [] { overflow(0); }); wait_for_ever(); });
     }},
    {"a_frame_larger_than_the_guard",
     [] { return run([] { go({.name = "wide"}, [] { dig(std::size_t{1} << 30, (std::size_t{1} << 30) - 4096); }); wait_for_ever(); }); }},
    {"segv", [] { return run([] { *reinterpret_cast<volatile int*>(8) = 1; }); }},
    {"sigquit",
     [] {
       return run([] {
         static std::atomic<bool> started{false}, stop{false};
         go({.name = "sleeper"}, wait_for_ever);
         await_parked("sleeper");
         go({.name = "busy"}, [] {
           started = true;
           while (!stop) {
           }
         });
         while (!started) yield();
         std::fflush(stdout);
         forward_errors_until({"\"main\" [", "\"sleeper\" [", "\"busy\" ["}, [] { kill(getpid(), SIGQUIT); });
         stop = true;
         return 8;
       });
     }},
    {"abort_with_goroutines",
     [] {
       return run([] {
         go({.name = "sleeper"}, wait_for_ever);
         await_parked("sleeper");
         std::abort();
       });
     }},
    {"goexit_swallowed", [] { return run([] { try { goexit(); } catch (...) {} }); }},
    {"exit_in_goroutine", [] { return run([] { go([] { std::exit(9); }); wait_for_ever(); }); }},
    {"exit_while_others_run", [] { return run([] { for (int i = 0; i < 8; ++i) go([] { for (;;) yield(); }); yield(); return 6; }); }},  // NOLINT(gosan-endless-goroutine)
};

}  // namespace

int main(int argc, char** argv) {
  const auto found = cases.find(argc > 1 ? argv[1] : "");
  if (found == cases.end()) return std::fprintf(stderr, "no such case\n"), 99;
  return found->second();
}
