// A spin lock held in a scope, which a park in the middle may give away.
#pragma once

#include "gosan/detail/spin_lock.hpp"
#include "sched/sched.hpp"

namespace gosan::detail {

class GOSAN_SCOPED_CAPABILITY held_lock {
 public:
  explicit held_lock(spin_lock& l) noexcept GOSAN_ACQUIRE(l) : lock_(&l) { l.lock(); }
  ~held_lock() GOSAN_RELEASE() { release(); }
  held_lock(const held_lock&) = delete;
  held_lock& operator=(const held_lock&) = delete;

  void unlock() noexcept GOSAN_RELEASE() { release(); }

  // Parks the caller; the scheduler releases the lock once the caller is off its stack. The lock is
  // not held afterwards, and its object may be gone.
  void park(events::wait_reason why, events::object_id on) noexcept GOSAN_RELEASE() {
    spin_lock* l = lock_;
    lock_ = nullptr;
    rt::park(why, on, &commit, l);
  }

 private:
  // Not followed by the analysis: the lock changes hands between the stacks of the caller and of
  // its worker.
  static bool commit(rt::goroutine*, void* l) GOSAN_NO_ANALYSIS {
    static_cast<spin_lock*>(l)->unlock();
    return true;
  }
  void release() noexcept GOSAN_NO_ANALYSIS {
    if (lock_) lock_->unlock();
    lock_ = nullptr;
  }

  spin_lock* lock_;
};

}  // namespace gosan::detail
