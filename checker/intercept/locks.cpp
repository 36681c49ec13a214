// Locks of the operating system's threads: mutexes, reader/writer locks, spin locks. std::mutex and its kin arrive here.
#include <errno.h>
#include <pthread.h>

#include "events/sink.hpp"
#include "intercept/next.hpp"
#include "intercept/thread_events.hpp"

GOSAN_NEXT(pthread_mutex_lock, __pthread_mutex_lock)
GOSAN_NEXT(pthread_mutex_trylock, __pthread_mutex_trylock)
GOSAN_NEXT(pthread_mutex_timedlock, __pthread_mutex_timedlock)
GOSAN_NEXT(pthread_mutex_clocklock, __pthread_mutex_clocklock)
GOSAN_NEXT(pthread_mutex_unlock, __pthread_mutex_unlock)
GOSAN_NEXT(pthread_mutex_destroy, __pthread_mutex_destroy)
GOSAN_NEXT(pthread_spin_lock, __pthread_spin_lock)
GOSAN_NEXT(pthread_spin_trylock, __pthread_spin_trylock)
GOSAN_NEXT(pthread_spin_unlock, __pthread_spin_unlock)
GOSAN_NEXT(pthread_rwlock_rdlock, __pthread_rwlock_rdlock)
GOSAN_NEXT(pthread_rwlock_tryrdlock, ___pthread_rwlock_tryrdlock)
GOSAN_NEXT(pthread_rwlock_timedrdlock, ___pthread_rwlock_timedrdlock)
GOSAN_NEXT(pthread_rwlock_clockrdlock, ___pthread_rwlock_clockrdlock)
GOSAN_NEXT(pthread_rwlock_wrlock, __pthread_rwlock_wrlock)
GOSAN_NEXT(pthread_rwlock_trywrlock, ___pthread_rwlock_trywrlock)
GOSAN_NEXT(pthread_rwlock_timedwrlock, ___pthread_rwlock_timedwrlock)
GOSAN_NEXT(pthread_rwlock_clockwrlock, ___pthread_rwlock_clockwrlock)
GOSAN_NEXT(pthread_rwlock_unlock, __pthread_rwlock_unlock)
GOSAN_NEXT(pthread_rwlock_destroy, ___pthread_rwlock_destroy)

namespace gosan::intercept {
namespace {

constexpr std::uint64_t write_mode = 0, read_mode = 1;
constexpr std::uint16_t may_wait = events::flag_os_lock, tried = events::flag_os_lock | events::flag_try;

int acquired(const void* lock, int error, std::uint64_t mode, std::uint16_t flags) noexcept {
  // EOWNERDEAD: the lock is held, its last owner died with it.
  if ((error == 0 || error == EOWNERDEAD) && observed()) emit(events::kind::lock_acquire, lock, mode, 0, flags);
  return error;
}

[[gnu::noinline]] void about_to_wait(events::object_id lock) noexcept {
  events::event e;
  e.what = events::kind::park;
  e.flags = events::flag_os_lock;
  e.stack = events::sink::capture_stack(1);
  e.g = acting();
  e.obj = lock;
  e.a = static_cast<std::uint64_t>(events::wait_reason::thread_lock);
  e.b = 1;
  events::sink::emit(e);
}

// Tells of a wait only when there is one: a try comes first, so that a free lock costs no more.
template <typename Lock>
int take(Lock* l, std::uint64_t mode, int (*attempt)(Lock*), int (*wait)(Lock*)) noexcept {
  if (!observed()) return wait(l);
  int error = attempt(l);
  if (error == EBUSY) {
    about_to_wait(object_of(l));
    error = wait(l);
    emit(events::kind::run, l);
  }
  return acquired(l, error, mode, may_wait);
}

void about_to_release(const void* lock, std::uint64_t mode) noexcept {
  if (observed()) emit(events::kind::lock_release, lock, mode, 0, may_wait);
}

// glibc keeps the id of the thread that holds the write side, 0 while readers hold it.
std::uint64_t mode_held(const pthread_rwlock_t* l) noexcept { return l->__data.__cur_writer ? write_mode : read_mode; }

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

extern "C" {
int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  return take<pthread_mutex_t>(m, write_mode, [](auto* l) { return next_pthread_mutex_trylock(l); },
                               [](auto* l) { return next_pthread_mutex_lock(l); });
}
int pthread_mutex_trylock(pthread_mutex_t* m) noexcept { return acquired(m, next_pthread_mutex_trylock(m), write_mode, tried); }
int pthread_mutex_timedlock(pthread_mutex_t* m, const timespec* t) noexcept {
  return acquired(m, next_pthread_mutex_timedlock(m, t), write_mode, may_wait);
}
int pthread_mutex_clocklock(pthread_mutex_t* m, clockid_t c, const timespec* t) noexcept {
  return acquired(m, next_pthread_mutex_clocklock(m, c, t), write_mode, may_wait);
}
int pthread_mutex_unlock(pthread_mutex_t* m) noexcept {
  about_to_release(m, write_mode);
  return next_pthread_mutex_unlock(m);
}
int pthread_mutex_destroy(pthread_mutex_t* m) noexcept {
  if (observed()) destroyed(m, sizeof *m);
  return next_pthread_mutex_destroy(m);
}

int pthread_spin_lock(pthread_spinlock_t* l) noexcept {
  return acquired(const_cast<int*>(l), next_pthread_spin_lock(l), write_mode, may_wait);
}
int pthread_spin_trylock(pthread_spinlock_t* l) noexcept {
  return acquired(const_cast<int*>(l), next_pthread_spin_trylock(l), write_mode, tried);
}
int pthread_spin_unlock(pthread_spinlock_t* l) noexcept {
  about_to_release(const_cast<int*>(l), write_mode);
  return next_pthread_spin_unlock(l);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* l) noexcept {
  return take<pthread_rwlock_t>(l, read_mode, [](auto* x) { return next_pthread_rwlock_tryrdlock(x); },
                                [](auto* x) { return next_pthread_rwlock_rdlock(x); });
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* l) noexcept { return acquired(l, next_pthread_rwlock_tryrdlock(l), read_mode, tried); }
int pthread_rwlock_timedrdlock(pthread_rwlock_t* l, const timespec* t) noexcept {
  return acquired(l, next_pthread_rwlock_timedrdlock(l, t), read_mode, may_wait);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* l, clockid_t c, const timespec* t) noexcept {
  return acquired(l, next_pthread_rwlock_clockrdlock(l, c, t), read_mode, may_wait);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* l) noexcept {
  return take<pthread_rwlock_t>(l, write_mode, [](auto* x) { return next_pthread_rwlock_trywrlock(x); },
                                [](auto* x) { return next_pthread_rwlock_wrlock(x); });
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* l) noexcept { return acquired(l, next_pthread_rwlock_trywrlock(l), write_mode, tried); }
int pthread_rwlock_timedwrlock(pthread_rwlock_t* l, const timespec* t) noexcept {
  return acquired(l, next_pthread_rwlock_timedwrlock(l, t), write_mode, may_wait);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* l, clockid_t c, const timespec* t) noexcept {
  return acquired(l, next_pthread_rwlock_clockwrlock(l, c, t), write_mode, may_wait);
}
int pthread_rwlock_unlock(pthread_rwlock_t* l) noexcept {
  about_to_release(l, mode_held(l));
  return next_pthread_rwlock_unlock(l);
}
int pthread_rwlock_destroy(pthread_rwlock_t* l) noexcept {
  if (observed()) destroyed(l, sizeof *l);
  return next_pthread_rwlock_destroy(l);
}
}
