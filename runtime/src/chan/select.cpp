// select. First a pass without any lock that gathers the cases that look ready and tries them, each
// under its own channel's lock, in random order: uniform among the ready ones. Only when none is,
// all channels are locked in the order of their addresses, looked at again, and waited for. (Go
// locks all of them always, which is what makes its select slow.)
#include "gosan/detail/select_op.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "chan/chan_core.hpp"
#include "sync/actor.hpp"

namespace gosan::detail {
namespace {

using events::kind;

// An array on the stack up to N elements, on the heap beyond.
template <class T, std::size_t N>
class scratch {
 public:
  explicit scratch(std::size_t n) : heap_(n > N ? std::make_unique<T[]>(n) : nullptr) {}
  T* data() noexcept { return heap_ ? heap_.get() : local_.data(); }
  T& operator[](std::size_t i) noexcept { return data()[i]; }

 private:
  std::array<T, N> local_;
  std::unique_ptr<T[]> heap_;
};
constexpr std::size_t usual_cases = 8;
using index_list = scratch<std::uint32_t, usual_cases>;

// One run of a select over `n` cases.
struct run {
  select_op* ops;
  std::uint32_t n;

  bool may_go(std::uint32_t i) const noexcept {
    const select_op& o = ops[i];
    return o.core && (o.sends ? o.core->may_send() : o.core->may_recv());
  }
  step attempt(std::uint32_t i) GOSAN_NO_ANALYSIS {  // REQUIRES: the case's channel is locked
    select_op& o = ops[i];
    step s = o.sends ? try_send_locked(o.core, o.slot) : try_recv_locked(o.core, o.slot);
    o.received = !s.closed;
    return s;
  }
  int took(std::uint32_t i, bool parked) {
    emit_here(kind::select_done, 0, i, parked);
    if (ops[i].sends && !ops[i].received) panic_send_closed();
    return static_cast<int>(i);
  }
};

// Tries what looks ready without waiting. -1: nothing was.
int poll(run& r) {
  index_list looks(r.n);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < r.n; ++i)
    if (r.may_go(i)) looks[count++] = i;
  while (count > 0) {
    std::uint32_t pick = count == 1 ? 0 : rt::choose(count);
    std::uint32_t i = looks[pick];
    step s;
    {
      held_lock held(r.ops[i].core->lock);
      s = r.attempt(i);
    }
    s.finish();
    if (s.ready) return r.took(i, false);
    looks[pick] = looks[--count];
  }
  return -1;
}

// The distinct channels of a select in the order of their addresses, which is the order of locking.
class lock_set {
 public:
  explicit lock_set(const run& r) : cores_(r.n) {
    for (std::uint32_t i = 0; i < r.n; ++i)
      if (r.ops[i].core) cores_[count_++] = r.ops[i].core;
    std::sort(cores_.data(), cores_.data() + count_, std::less<>{});
    count_ = static_cast<std::size_t>(std::unique(cores_.data(), cores_.data() + count_) -
                                      cores_.data());
  }
  bool empty() const noexcept { return count_ == 0; }
  void lock() noexcept GOSAN_NO_ANALYSIS {
    for (std::size_t i = 0; i < count_; ++i) cores_[i]->lock.lock();
  }
  // The last access to the set is that of the last channel: a select that is woken meanwhile has to
  // lock every channel before it returns, and so cannot leave the frame that holds the set.
  void unlock() noexcept GOSAN_NO_ANALYSIS {
    chan_core** p = cores_.data();
    for (std::size_t n = count_; n > 0; --n) p[n - 1]->lock.unlock();
  }

 private:
  scratch<chan_core*, usual_cases> cores_;
  std::size_t count_ = 0;
};

// What lies in the frame of a parked select.
struct parked_select {
  run& r;
  lock_set& locks;
  scratch<waiter, usual_cases> waiters;
  select_wait shared;
  std::exception_ptr error;

  parked_select(run& run, lock_set& set) : r(run), locks(set), waiters(run.n) {}

  void enqueue() {
    rt::goroutine* g = rt::self();
    for (std::uint32_t i = 0; i < r.n; ++i) {
      select_op& o = r.ops[i];
      if (!o.core) continue;
      waiters[i] = waiter{.g = g, .actor = actor_of(g), .slot = o.slot, .select = &shared, .error = &error, .index = i};
      emit_here(kind::park_case, o.core->id(), i, o.sends);
      (o.sends ? o.core->senders : o.core->receivers).push(&waiters[i]);
    }
  }

  // Takes the waiters that were not completed out of their queues. Locks every channel but that of
  // the taken case, also when the waiter is out already: only then has park's commit released it.
  void dequeue() GOSAN_NO_ANALYSIS {
    for (std::uint32_t i = 0; i < r.n; ++i) {
      chan_core* c = r.ops[i].core;
      if (!c || i == shared.taken) continue;
      bool dispose = false;
      c->lock.lock();
      if (waiters[i].linked) {
        (r.ops[i].sends ? c->senders : c->receivers).unlink(&waiters[i]);
        dispose = abandoned(c);
      }
      c->lock.unlock();
      if (dispose) c->dispose(c);
    }
  }
};

// With every channel locked: tries all cases in random order; -1 when none can go.
int attempt_locked(run& r, step& s) {
  index_list looks(r.n);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < r.n; ++i)
    if (r.may_go(i)) looks[count++] = i;
  while (count > 0) {
    std::uint32_t pick = count == 1 ? 0 : rt::choose(count);
    std::uint32_t i = looks[pick];
    s = r.attempt(i);
    if (s.ready) return static_cast<int>(i);
    looks[pick] = looks[--count];
  }
  return -1;
}

// Waits for a case. -1: look again.
int wait(run& r) GOSAN_NO_ANALYSIS {
  lock_set locks(r);
  parked_select p(r, locks);
  locks.lock();
  step s;
  int ready = -1;
  try {
    ready = attempt_locked(r, s);
  } catch (...) {
    locks.unlock();
    throw;
  }
  if (ready >= 0) {
    locks.unlock();
    s.finish();
    return r.took(static_cast<std::uint32_t>(ready), false);
  }
  p.enqueue();
  rt::park(
      events::wait_reason::select, 0,
      [](rt::goroutine*, void* set) {
        static_cast<lock_set*>(set)->unlock();
        return true;
      },
      &locks);
  p.dequeue();
  std::uint32_t taken = p.shared.taken;  // [SELECT-1]
  const waiter& w = p.waiters[taken];
  select_op& o = r.ops[taken];
  after_wait(o.core, w);
  if (w.result == outcome::retry) return -1;
  if (w.result == outcome::thrown) std::rethrow_exception(std::move(p.error));
  o.received = w.result == outcome::done;
  return r.took(taken, true);
}

[[noreturn]] void wait_for_ever(events::wait_reason why) noexcept {
  for (;;) rt::park(why, 0, [](rt::goroutine*, void*) { return true; }, nullptr);
}

bool all_nil(const run& r) noexcept {
  return std::all_of(r.ops, r.ops + r.n, [](const select_op& o) { return o.core == nullptr; });
}

}  // namespace

int select_run(select_op* ops, std::size_t n, bool has_default) {
  decision_point();
  run r{ops, static_cast<std::uint32_t>(n)};
  for (;;) {
    int taken = poll(r);
    if (taken >= 0 || has_default) return taken;
    if (n == 0) wait_for_ever(events::wait_reason::select_no_cases);
    if (all_nil(r)) wait_for_ever(events::wait_reason::select);
    taken = wait(r);
    if (taken >= 0) return taken;
  }
}

}  // namespace gosan::detail
