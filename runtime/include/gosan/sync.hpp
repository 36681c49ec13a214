// Locks and other waiting for goroutines.
//
//   mutex               one holder; Lockable
//   shared_mutex        one writer or many readers; SharedLockable
//   condition_variable  waits for a condition, giving up any lock meanwhile
//   wait_group          waits until a counter is back at zero
//   once                one call, for all callers
//   semaphore           weighted, first come first served
//   barrier             n goroutines meet, again and again
//   pool<T>             spare objects
//
// Waiting parks the goroutine; an OS thread that calls is blocked. All are thread safe and callable
// from goroutines and OS threads, constant-initialised, and can be neither copied nor moved: a
// copied lock does not compile. A lock belongs to nobody: another goroutine than the one that
// locked it may unlock it, as in Go. None is recursive. An object must outlive its use: destroying
// one while somebody waits on it ends the program with a message. What happens before what:
// docs/happens-before.md.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <system_error>
#include <utility>

#include "gosan/detail/sync_base.hpp"
#include "gosan/go.hpp"

namespace gosan {

class context;
namespace detail {
struct sync_access;
struct condition_timer;
struct semaphore_wait;
}  // namespace detail

// Source: Go's sync.Mutex.
class mutex : detail::sync_base {
 public:
  constexpr mutex() noexcept = default;
  ~mutex();

  // Blocks until the caller holds it. Not first come first served, but nobody is passed over for
  // ever: who has waited for a millisecond is handed the lock.
  void lock() noexcept;
  // Never blocks.
  bool try_lock() noexcept;
  // Throws panic_error when nobody holds it.
  void unlock();

 private:
  void lock_slow() noexcept;
  bool queue_up(detail::sync_waiter& w, bool again, bool starved) noexcept;
  bool try_take() noexcept;
  void settle() noexcept;
  void unlock_slow(std::uint32_t seen);
  friend struct detail::sync_access;

  // Bits and the protocol between them: sync/mutex.cpp.
  std::atomic<std::uint32_t> word_{0};
  bool starving_ = false;  // guarded by guard_, as is:
  detail::sync_queue queue_;
};

// Source: Go's sync.RWMutex.
class shared_mutex : detail::sync_base {
 public:
  constexpr shared_mutex() noexcept = default;
  ~shared_mutex();

  // Blocks until nobody else holds it. Readers that come later wait, so a writer is not starved;
  // readers that wait when a writer unlocks come before the next writer, so they are not either.
  void lock() noexcept;
  bool try_lock() noexcept;
  // Throws panic_error when no writer holds it.
  void unlock();

  // Blocks while a writer holds it or waits for it. So a goroutine must not read-lock twice: a
  // writer may wait in between.
  void lock_shared() noexcept;
  bool try_lock_shared() noexcept;
  // Throws panic_error when no reader holds it.
  void unlock_shared();

 private:
  friend struct detail::sync_access;

  // Guarded by guard_.
  bool writer_ = false;
  std::uint32_t readers_ = 0;
  detail::sync_queue waiting_writers_, waiting_readers_;
};

namespace detail {

// The identity of a lock in events; 0 for locks that are not of this library.
struct sync_access {
  static std::uint64_t id(mutex& m) noexcept;
  static std::uint64_t id(shared_mutex& m) noexcept;
  template <class M>
  static std::uint64_t id(std::unique_lock<M>& l) noexcept {
    return l.mutex() ? id(*l.mutex()) : 0;
  }
  template <class M>
  static std::uint64_t id(std::shared_lock<M>& l) noexcept {
    return l.mutex() ? id(*l.mutex()) : 0;
  }
  template <class L>
  static std::uint64_t id(L&) noexcept {
    return 0;
  }
};

}  // namespace detail

// Source: Go's sync.Cond; the interface of std::condition_variable_any.
class condition_variable : detail::sync_base {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  constexpr condition_variable() noexcept = default;
  ~condition_variable();

  // Wakes one waiter, the one that has waited longest, or all. Never blocks. The lock need not be
  // held.
  void notify_one() noexcept;
  void notify_all() noexcept;

  // Gives up `lock` and waits, as one step for notifiers; locks it again before returning, also by
  // exception. Blocks. Wakes only when notified. L: any BasicLockable: unique_lock, mutex,
  // shared_mutex, shared_lock, the user's own.
  template <class L>
  void wait(L& lock);
  template <class L, class P>
  void wait(L& lock, P pred);

  // The same with a limit.
  template <class L, class Clock, class D>
  std::cv_status wait_until(L& lock, const std::chrono::time_point<Clock, D>& t);
  template <class L, class Clock, class D, class P>
  bool wait_until(L& lock, const std::chrono::time_point<Clock, D>& t, P pred);
  template <class L, class R, class P>
  std::cv_status wait_for(L& lock, const std::chrono::duration<R, P>& d);
  template <class L, class R, class P, class Pred>
  bool wait_for(L& lock, const std::chrono::duration<R, P>& d, Pred pred);

 private:
  // A wait in three steps. Between begin and park the caller may do anything, also wait elsewhere.
  void begin(detail::sync_waiter& w, std::uint64_t lock_id) noexcept;
  bool park(detail::sync_waiter& w,
            const time_point* limit) noexcept;  // false: the limit came first
  void withdraw(detail::sync_waiter& w) noexcept;
  template <class L>
  bool wait_limited(L& lock, const time_point* limit);
  friend struct detail::condition_timer;

  detail::sync_queue queue_;  // guarded by guard_
};

// Source: Go's sync.WaitGroup.
class wait_group : detail::sync_base {
 public:
  constexpr wait_group() noexcept = default;
  ~wait_group();

  // The default form: counts f's goroutine, also when f ends by goexit. f and args as for
  // gosan::go; they are destroyed before the wait can return. Does not block.
  template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
  void go(F&& f, Args&&... args);

  // Adds n, which may be negative. From zero, it must come before the wait it is meant for.
  // Throws panic_error, and changes nothing, when the counter would become negative.
  void add(std::int64_t n = 1);
  void done() { add(-1); }
  // Blocks until the counter is zero. Throws panic_error when the wait group is in use for the next
  // round before this call could return.
  void wait();

 private:
  bool try_add(std::int64_t n) noexcept;

  std::atomic<std::int64_t> state_{0};  // see sync/wait_group.cpp
  detail::sync_queue queue_;            // guarded by guard_
};

// Source: Go's sync.Once.
class once : detail::sync_base {
 public:
  constexpr once() noexcept = default;
  ~once();

  // The first caller calls f, all others block until that call has ended. It counts as done also
  // when f throws: the exception leaves that first call only. f must not call the same once: it
  // would wait for itself.
  template <class F>
  void call(F&& f);

 private:
  bool begin() noexcept;  // true: the caller is the one to call f, and then end()
  void end() noexcept;

  enum class state : std::uint8_t { fresh, running, done };
  std::atomic<state> state_{state::fresh};
  detail::sync_queue queue_;  // guarded by guard_
};

// n units; who wants k of them waits until k are free, first come first served: a large wish is not
// passed by small ones. Source: golang.org/x/sync/semaphore.
class semaphore : detail::sync_base {
 public:
  explicit constexpr semaphore(std::int64_t n) noexcept : size_(n), free_(n) {}
  ~semaphore();

  // Blocks until it has n units; for ever when the semaphore has fewer.
  void acquire(std::int64_t n = 1) noexcept;
  // The same, but gives up when ctx is done: then ctx.err(), and nothing is held. A context that is
  // done already does not acquire. No error: n units are held.
  [[nodiscard]] std::error_code acquire(const context& ctx, std::int64_t n = 1);
  // Never blocks; false also when somebody waits.
  bool try_acquire(std::int64_t n = 1) noexcept;
  // Gives n units back. Throws std::logic_error, and changes nothing, when more would be free than
  // there are.
  void release(std::int64_t n = 1);

 private:
  bool take(std::int64_t n) noexcept;
  detail::sync_waiter* grant() noexcept;
  friend struct detail::semaphore_wait;

  const std::int64_t size_;
  std::int64_t free_;  // guarded by guard_, as is:
  detail::sync_queue queue_;
};

// Lets n goroutines meet. Source: the interface of std::barrier.
class barrier : detail::sync_base {
 public:
  // n > 0.
  explicit constexpr barrier(std::size_t n) noexcept : expected_(n), missing_(n) {}
  ~barrier();

  // Blocks until n have arrived; then the next round begins. True for the one that arrived last.
  bool arrive_and_wait() noexcept;
  // Arrives, and takes part no more, in the following rounds neither. Does not block.
  void arrive_and_drop() noexcept;

 private:
  detail::sync_waiter* next_round() noexcept;  // whom to wake

  std::size_t expected_;  // guarded by guard_, as is:
  std::size_t missing_;
  std::uint64_t phase_ = 0;
  detail::sync_queue queue_;
};

namespace detail {

// An item of a pool on its way from put to get.
struct pool_node {
  pool_node* next = nullptr;
  std::uint64_t gosan_id_ = 0;
};

class pool_base : sync_base {
 public:
  constexpr pool_base() noexcept = default;
  ~pool_base();
  void put(pool_node* n) noexcept;
  pool_node* get() noexcept;  // null: empty

 private:
  pool_node* head_ = nullptr;  // guarded by guard_
};

}  // namespace detail

// Spare objects that are costly to make. Never blocks. What is in it when it is destroyed is
// destroyed too. Source: Go's sync.Pool, but nothing is dropped behind the user's back: there is no
// garbage collector to make room for.
template <class T>
class pool {
 public:
  // get() on an empty pool returns make().
  explicit pool(std::function<T()> make = [] { return T(); }) : make_(std::move(make)) {}
  ~pool() {
    while (detail::pool_node* n = spare_.get()) delete static_cast<node*>(n);
  }

  T get() {
    auto* n = static_cast<node*>(spare_.get());
    if (!n) return make_();
    struct owner {
      node* n;
      ~owner() { delete n; }
    } o{n};
    return std::move(n->value);
  }
  void put(T value) { spare_.put(new node{{}, std::move(value)}); }

 private:
  struct node : detail::pool_node {
    T value;
  };
  std::function<T()> make_;
  detail::pool_base spare_;
};

// ---- Implementation ----

template <class L>
bool condition_variable::wait_limited(L& lock, const time_point* limit) {
  detail::sync_waiter w;
  begin(w, detail::sync_access::id(lock));
  struct leave {  // when unlock throws
    condition_variable& cv;
    detail::sync_waiter& w;
    ~leave() { cv.withdraw(w); }
  } l{*this, w};
  lock.unlock();
  bool notified = park(w, limit);
  lock.lock();
  return notified;
}

template <class L>
void condition_variable::wait(L& lock) {
  wait_limited(lock, nullptr);
}

template <class L, class P>
void condition_variable::wait(L& lock, P pred) {
  while (!pred()) wait(lock);
}

template <class L, class Clock, class D>
std::cv_status condition_variable::wait_until(L& lock, const std::chrono::time_point<Clock, D>& t) {
  time_point limit;
  if constexpr (std::is_same_v<Clock, std::chrono::steady_clock>)
    limit = std::chrono::time_point_cast<time_point::duration>(t);
  else
    limit = std::chrono::steady_clock::now() +
            std::chrono::duration_cast<time_point::duration>(t - Clock::now());
  return wait_limited(lock, &limit) ? std::cv_status::no_timeout : std::cv_status::timeout;
}

template <class L, class Clock, class D, class P>
bool condition_variable::wait_until(L& lock, const std::chrono::time_point<Clock, D>& t, P pred) {
  while (!pred())
    if (wait_until(lock, t) == std::cv_status::timeout) return pred();
  return true;
}

template <class L, class R, class P>
std::cv_status condition_variable::wait_for(L& lock, const std::chrono::duration<R, P>& d) {
  return wait_until(lock, std::chrono::steady_clock::now() + d);
}

template <class L, class R, class P, class Pred>
bool condition_variable::wait_for(L& lock, const std::chrono::duration<R, P>& d, Pred pred) {
  return wait_until(lock, std::chrono::steady_clock::now() + d, std::move(pred));
}

template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[gnu::noinline]] void wait_group::go(F&& f, Args&&... args) {
  struct counted_off {
    wait_group* group;
    void operator()() const { group->done(); }
  };
  add();
  try {
    detail::go_then(nullptr, 0, false, detail::creation_site(), counted_off{this}, std::forward<F>(f), std::forward<Args>(args)...);
  } catch (...) {
    done();  // it was not started
    throw;
  }
}

template <class F>
void once::call(F&& f) {
  if (!begin()) return;
  struct ender {
    once& o;
    ~ender() { o.end(); }
  } e{*this};
  std::invoke(std::forward<F>(f));
}

}  // namespace gosan
