// errgroup: goroutines that work on one task, the first failure of which is the task's.
//
//   errgroup g;                 // or: auto [g, ctx] = errgroup::with_context(parent);
//   for (auto& url : urls) g.go([url] { fetch(url); });
//   g.wait();                   // throws what the first failing goroutine threw
//
// Thread safe, callable from goroutines and OS threads. Can be neither copied nor moved; must
// outlive its goroutines: call wait() before it goes. What happens before what: the end of a
// function, before the return of wait(); with a limit of n, also before the start of the n-th after it,
// as through a channel of that capacity. Source: golang.org/x/sync/errgroup.
#pragma once

#include <cxxabi.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <utility>

#include "gosan/chan.hpp"
#include "gosan/context.hpp"
#include "gosan/sync.hpp"

namespace gosan {

class errgroup {
 public:
  struct with_ctx;

  errgroup() = default;
  ~errgroup();
  errgroup(const errgroup&) = delete;
  errgroup& operator=(const errgroup&) = delete;

  // A group and a context that is done when the first goroutine fails, or when wait() returns.
  static with_ctx with_context(const context& parent);
  // That context; background() for a group without.
  const gosan::context& context() const noexcept { return ctx_; }

  // Runs f in a goroutine of the group; f is destroyed before wait() can return. Blocks while the limit is reached.
  template <std::invocable F>
  void go(F&& f);
  // Never blocks. False: the limit is reached, and f was not started.
  template <std::invocable F>
  bool try_go(F&& f);
  // At most n goroutines at a time; 0 lets none start. Throws std::logic_error when goroutines of
  // the group are running.
  void set_limit(std::size_t n);
  // Blocks until all goroutines have ended; then rethrows the first exception that left one, if
  // any.
  void wait();

 private:
  errgroup(gosan::context ctx, cancel_cause_func cancel) noexcept;
  void fail() noexcept;  // within a catch block
  bool enter(bool may_wait);
  void leave();
  template <class F>
  void start(F&& f, void* creation_pc);

  wait_group running_;
  gosan::context ctx_;
  cancel_cause_func cancel_;
  chan<void> room_;  // holds one for each goroutine of a group with a limit; nil without
  std::atomic<std::size_t> active_{0};
  once failed_;
  std::exception_ptr first_;  // written within failed_
};

struct errgroup::with_ctx {
  errgroup group;
  gosan::context ctx;
};

// ---- Implementation ----

template <class F>
void errgroup::start(F&& f, void* creation_pc) {
  struct member {
    errgroup* group;
    std::decay_t<F> body;
    void operator()() {
      try {
        std::invoke(body);
      } catch (abi::__forced_unwind&) {
        throw;  // goexit: no failure
      } catch (...) {
        group->fail();
      }
    }
  };
  struct left {
    errgroup* group;
    void operator()() const { group->leave(); }
  };
  try {
    detail::go_then(nullptr, 0, false, creation_pc, left{this}, member{this, std::forward<F>(f)});
  } catch (...) {
    leave();  // it was not started
    throw;
  }
}

template <std::invocable F>
[[gnu::noinline]] void errgroup::go(F&& f) {
  enter(true);
  start(std::forward<F>(f), detail::creation_site());
}

template <std::invocable F>
[[gnu::noinline]] bool errgroup::try_go(F&& f) {
  if (!enter(false)) return false;
  start(std::forward<F>(f), detail::creation_site());
  return true;
}

}  // namespace gosan
