// mutex: one word, and a queue behind a spin lock for those who have to wait.
//
//   locked   bit of word_: somebody holds it
//   wake     bit of word_: unlock has to take the slow path; there are waiters, and none of them is
//            on its way
//
// Normal mode: unlock frees the lock and wakes the first waiter, which competes with newcomers;
// they run already and often win, which is what makes it fast. A waiter that lost goes back to the
// front. Once it has waited a millisecond it sets starving_: unlock then hands the locked lock over
// to the first waiter, until one gets it that has waited for less, or that is the last: a hand-over
// costs a switch each time. (Both modes are Go's.)
//
// MUTEX-1: the fast path of unlock is one compare-and-swap and touches nothing afterwards; the slow
// path frees the lock under guard_ and wakes a waiter after releasing that. So whoever locks next
// may destroy the mutex, as with std::mutex.
//
// MUTEX-2: a waiter sets `wake` in the word and then looks whether the lock is free, under guard_;
// an unlock that missed the bit came before in the word's order, and the waiter sees the lock free.
#include <chrono>

#include "gosan/sync.hpp"
#include "machine/instructions.hpp"
#include "sync/panics.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {
namespace {

using namespace detail;
using events::kind;
constexpr std::uint32_t locked = 1, wake = 2;
// As long as a switch takes, looked at as seldom as in spin_lock and for the same reason.
constexpr int looks = 4, pauses_between = 30;
constexpr std::chrono::milliseconds patience{1};

}  // namespace

mutex::~mutex() {
  object_gone(gosan_id_, !queue_.empty(), "mutex destroyed while a goroutine waits for it");
}

void mutex::lock() noexcept {
  decision_point();
  std::uint32_t expected = 0;
  // [MUTEX-3] acquire: meets the release of the unlock before.
  if (!word_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                     std::memory_order_relaxed)) [[unlikely]]
    lock_slow();
  edge_acquired(this);
  emit_acquired(id_of(gosan_id_), events::lock_mode::write);
}

bool mutex::try_lock() noexcept {
  decision_point();
  if (!try_take()) return false;
  edge_acquired(this);
  emit_acquired(id_of(gosan_id_), events::lock_mode::write, events::flag_try);
  return true;
}

void mutex::unlock() {
  decision_point();
  if constexpr (events::recording) {
    if ((word_.load(std::memory_order_relaxed) & locked) != 0)
      emit_released(id_of(gosan_id_), events::lock_mode::write);
  }
  edge_releases(this);
  std::uint32_t expected = locked;
  if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release,  // [MUTEX-3]
                                     std::memory_order_relaxed)) [[unlikely]]
    unlock_slow(expected);
}

bool mutex::try_take() noexcept {
  std::uint32_t seen = word_.load(std::memory_order_relaxed);
  while ((seen & locked) == 0)
    if (word_.compare_exchange_weak(seen, seen | locked, std::memory_order_acquire,  // [MUTEX-3]
                                    std::memory_order_relaxed))
      return true;
  return false;
}

void mutex::lock_slow() noexcept {
  // With one processor the holder does not run while the caller spins.
  for (int i = 0; i < looks && gomaxprocs() > 1; ++i) {
    for (int k = 0; k < pauses_between; ++k) machine::cpu_relax();
    if (try_take()) return;
  }
  sync_waiter w{.g = rt::self()};
  auto since = rt::clock::now();
  for (bool again = false;; again = true) {
    if (queue_up(w, again, again && rt::clock::now() - since > patience)) return;
    if (!w.granted && !try_take()) continue;
    spin_guard held(guard_);
    if (w.granted && rt::clock::now() - since < patience) starving_ = false;
    settle();
    return;
  }
}

// Under guard_, by the holder: `wake` and starving_ become what the queue asks for.
void mutex::settle() noexcept {
  if (queue_.empty()) {
    starving_ = false;
    word_.fetch_and(~wake, std::memory_order_relaxed);
  } else {
    word_.fetch_or(wake, std::memory_order_relaxed);
  }
}

// Waits for one wake-up. True: the lock was free after all, and the caller holds it.
bool mutex::queue_up(sync_waiter& w, bool again, bool starved) noexcept {
  held_lock held(guard_);
  (again ? push_front : push_back)(queue_, w);
  if (starved) starving_ = true;
  word_.fetch_or(wake, std::memory_order_relaxed);  // MUTEX-2
  if (try_take()) {
    unlink(queue_, w);
    settle();
    return true;
  }
  held.park(events::wait_reason::mutex_lock, id_of(gosan_id_));
  return false;
}

void mutex::unlock_slow(std::uint32_t seen) {
  if ((seen & locked) == 0) {
    emit_here(kind::lock_misuse, id_of(gosan_id_));
    panic(panic_code::unlock_of_unlocked);
  }
  held_lock held(guard_);
  sync_waiter* w = pop_front(queue_);
  if (starving_ && w) {
    w->granted = true;
  } else {
    word_.store(0, std::memory_order_release);  // [MUTEX-3]; nobody else changes a locked word but
                                                // under guard_
  }
  rt::goroutine* next = w ? w->g : nullptr;
  held.unlock();
  if (next) rt::ready(next);
}

}  // namespace gosan

std::uint64_t gosan::detail::sync_access::id(mutex& m) noexcept {
  return detail::id_of(m.gosan_id_);
}
