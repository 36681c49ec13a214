// Wait groups, contexts, timers, what closures share, and what tests do wrong.
#include "pattern.hpp"

namespace patterns {
namespace {

// Counts three and starts two on one path.
PATTERN(add_of_too_many, stuck) {
  go([bug] {
    wait_group wg;
    wg.add(bug ? 3 : 2);
    for (int i = 0; i < 2; ++i) go([&wg] { wg.done(); });
    wg.wait();
  });
  for (int i = 0; i < 5; ++i) yield();
}

// Counts inside the goroutine: the wait may be over before.
PATTERN(add_inside, "wait-group-misuse data-race goroutine-leak") {
  auto wg = std::make_shared<wait_group>();
  auto* sum = new int(0);
  if (!bug) wg->add();
  go([wg, sum, bug] {
    if (bug) wg->add();
    ++*sum;
    wg->done();
  });
  wg->wait();
  if (*sum > 1) std::abort();
}

// An error path returns without done().
PATTERN(done_missing_on_a_path, stuck) {
  auto wg = std::make_shared<wait_group>();
  wg->add(2);
  for (int i = 0; i < 2; ++i)
    go([wg, i, bug] {
      if (i == 1 && bug) return;
      wg->done();
    });
  go([wg] { wg->wait(); });
  for (int i = 0; i < 5; ++i) yield();
}

// A context nobody cancels.
PATTERN(context_not_cancelled, stuck) {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx = ctx]() mutable { ctx.done().recv(); });
  for (int i = 0; i < 5; ++i) yield();
  if (!bug) cancel();
}

// The inner goroutine watches the outer context, which outlives the call.
PATTERN(wrong_context_watched, stuck) {
  auto [outer, cancel_outer] = with_cancel(context::background());
  auto [inner, cancel_inner] = with_cancel(outer);
  auto watched = bug ? outer : inner;
  go([watched]() mutable { watched.done().recv(); });
  for (int i = 0; i < 5; ++i) yield();
  cancel_inner();
  for (int i = 0; i < 5; ++i) yield();
  if (!bug) cancel_outer();
}

// A timer loop that is left by nobody.
PATTERN(timer_loop_without_end, stuck) {
  auto [ctx, cancel] = with_cancel(context::background());
  go([ctx = ctx, bug]() mutable {
    ticker t(1ms);
    for (;;) {
      if (bug) t.chan().recv();
      else if (select(recv_case(t.chan()), recv_case(ctx.done())) == 1) return;
    }
  });
  sleep_for(3ms);
  cancel();
}

// The loop's variable is shared by all closures.
PATTERN(loop_variable_captured, "data-race") {
  wait_group wg;
  auto* shared = new int(0);
  for (; *shared < 3; ++*shared) {
    const int mine = *shared;
    wg.go([shared, mine, bug] {
      if ((bug ? *shared : mine) > 3) std::abort();
    });
  }
  wg.wait();
}

// The error of two goroutines goes to one variable of the enclosing function.
PATTERN(error_variable_shared, "data-race") {
  wait_group wg;
  auto* err = new int(0);
  auto* other = new int(0);
  wg.go([err] { *err = 1; });
  wg.go([err, other, bug] { *(bug ? err : other) = 2; });
  wg.wait();
  if (*err > 2) std::abort();
}

// Looks and acts under two locks of the same mutex: no race, but a flag set outside of it is.
PATTERN(flag_beside_the_lock, "data-race") {
  struct shared {
    mutex m;
    bool closed = false;
    int used = 0;
  };
  auto* s = new shared;
  wait_group wg;
  wg.go([s, bug] {
    std::unique_lock hold(s->m, std::defer_lock);
    if (!bug) hold.lock();
    s->closed = true;
  });
  wg.go([s] {
    std::lock_guard hold(s->m);
    if (!s->closed) ++s->used;
  });
  wg.wait();
}

// Reads under the read lock, writes under the read lock.
PATTERN(write_under_the_read_lock, "data-race") {
  struct shared {
    shared_mutex m;
    int n = 0;
  };
  auto* s = new shared;
  wait_group wg;
  for (int i = 0; i < 2; ++i)
    wg.go([s, bug] {
      if (bug) {
        std::shared_lock hold(s->m);
        ++s->n;
      } else {
        std::lock_guard hold(s->m);
        ++s->n;
      }
    });
  wg.wait();
}

// A test's goroutine reports after the test is over.
PATTERN(log_after_the_test, "data-race goroutine-leak") {
  struct test {
    bool over = false;
    int logged = 0;
  };
  auto* t = new test;
  auto done = make_chan<void>(1);
  go([t, done]() mutable {
    if (!t->over) ++t->logged;
    done.send();
  });
  if (!bug) done.recv();
  t->over = true;
}

// Published without an order: the flag is seen, the data are not.
PATTERN(published_by_a_plain_flag, "data-race") {
  struct shared {
    int data = 0;
    bool ready = false;
  };
  auto* s = new shared;
  auto ready = make_chan<void>(1);
  wait_group wg;
  wg.go([s, ready, bug]() mutable {
    s->data = 42;
    if (bug) s->ready = true;
    else ready.send();
  });
  wg.go([s, ready, bug]() mutable {
    if (!bug) ready.recv();
    else if (!s->ready) return;
    if (s->data > 42) std::abort();
  });
  wg.wait();
}

// An errgroup's limit is reached by goroutines that wait for one more.
PATTERN(limit_reached_by_waiters, stuck) {
  go([bug] {
    errgroup g;
    g.set_limit(bug ? 1 : 2);
    g.go([&g] { g.go([] {}); });
    g.wait();
  });
  for (int i = 0; i < 8; ++i) yield();
}

// A weighted semaphore: two take half of what each needs.
PATTERN(half_of_what_each_needs, stuck) {
  auto s = std::make_shared<semaphore>(2);
  auto taken = std::make_shared<barrier>(2);
  for (int i = 0; i < 2; ++i)
    go([s, taken, bug] {
      if (bug) {
        s->acquire(1);
        taken->arrive_and_wait();
        s->acquire(1);
        s->release(2);
      } else {
        s->acquire(2);
        s->release(2);
      }
    });
  for (int i = 0; i < 8; ++i) yield();
}

}  // namespace
}  // namespace patterns
