// Conditions, barriers, once, semaphores.
#include <pthread.h>
#include <semaphore.h>


#include "intercept/next.hpp"
#include "intercept/thread_events.hpp"

GOSAN_NEXT(pthread_cond_wait, __pthread_cond_wait)
GOSAN_NEXT(pthread_cond_timedwait, __pthread_cond_timedwait)
GOSAN_NEXT(pthread_cond_clockwait, __pthread_cond_clockwait)
GOSAN_NEXT(pthread_cond_signal, __pthread_cond_signal)
GOSAN_NEXT(pthread_cond_broadcast, __pthread_cond_broadcast)
GOSAN_NEXT(pthread_barrier_wait, __pthread_barrier_wait)
GOSAN_NEXT(pthread_barrier_destroy, __pthread_barrier_destroy)
GOSAN_NEXT(pthread_once, __pthread_once)
GOSAN_NEXT(sem_wait, __new_sem_wait)
GOSAN_NEXT(sem_trywait, __new_sem_trywait)
GOSAN_NEXT(sem_timedwait, ___sem_timedwait)
GOSAN_NEXT(sem_clockwait, ___sem_clockwait)
GOSAN_NEXT(sem_post, __new_sem_post)
GOSAN_NEXT(sem_destroy, __new_sem_destroy)

namespace gosan::intercept {
namespace {

using events::kind;

// A wait gives the mutex up and has it again when it returns, also by a time limit or by cancellation.
class mutex_given_up {
 public:
  mutex_given_up(const pthread_cond_t* c, const pthread_mutex_t* m) noexcept : mutex_(m), seen_(observed()) {
    if (!seen_) return;
    emit(kind::cond_wait, c, 0, object_of(m), events::flag_os_lock);
    emit(kind::lock_release, m, 0, 0, events::flag_os_lock);
  }
  ~mutex_given_up() {
    if (seen_) emit(kind::lock_acquire, mutex_, 0, 0, events::flag_os_lock);
  }
  mutex_given_up(const mutex_given_up&) = delete;
  mutex_given_up& operator=(const mutex_given_up&) = delete;

 private:
  const pthread_mutex_t* mutex_;
  bool seen_;
};

// A barrier's rounds alternate between two objects: a fast thread may arrive for the next round before a slow one has left
// this one, and must not order it.
const void* round_object(const pthread_barrier_t* b, bool odd) noexcept {
  return reinterpret_cast<const char*>(b) + (odd ? 8 : 0);
}
bool odd_round(pthread_barrier_t* b) noexcept {
  // glibc's barrier begins with: how many have arrived so far, the number at which this round began, how many take part.
  const auto* words = reinterpret_cast<const unsigned*>(b);
  const unsigned in = __atomic_load_n(&words[0], __ATOMIC_ACQUIRE), count = words[2];
  return count && in / count % 2;
}

// What pthread_once runs has no argument: it is passed on by the thread.
thread_local constinit struct {
  pthread_once_t* control;
  void (*run)();
} once_call __attribute__((tls_model("initial-exec"))) = {};

void run_once() {
  const auto call = once_call;
  call.run();
  if (observed()) emit(kind::once_done, call.control);
}

int acquired(const void* semaphore, int error) noexcept {
  if (error == 0 && observed()) emit(kind::sem_acquire, semaphore, 1);
  return error;
}

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

extern "C" {
int pthread_cond_wait(pthread_cond_t* c, pthread_mutex_t* m) {
  mutex_given_up scope(c, m);
  return next_pthread_cond_wait(c, m);
}
int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* t) {
  mutex_given_up scope(c, m);
  return next_pthread_cond_timedwait(c, m, t);
}
int pthread_cond_clockwait(pthread_cond_t* c, pthread_mutex_t* m, clockid_t clock, const timespec* t) {
  mutex_given_up scope(c, m);
  return next_pthread_cond_clockwait(c, m, clock, t);
}
int pthread_cond_signal(pthread_cond_t* c) noexcept {
  if (observed()) emit(kind::cond_signal, c, 1);
  return next_pthread_cond_signal(c);
}
int pthread_cond_broadcast(pthread_cond_t* c) noexcept {
  if (observed()) emit(kind::cond_signal, c, 2);
  return next_pthread_cond_broadcast(c);
}

int pthread_barrier_wait(pthread_barrier_t* b) noexcept {
  if (!observed()) return next_pthread_barrier_wait(b);
  const void* object = round_object(b, odd_round(b));
  const gosan::events::object_id id = object_of(object);
  emit_id(kind::barrier_arrive, id);
  const int result = next_pthread_barrier_wait(b);
  emit_id(kind::barrier_leave, id);
  return result;
}
int pthread_barrier_destroy(pthread_barrier_t* b) noexcept {
  const int error = next_pthread_barrier_destroy(b);
  if (observed()) destroyed(b, sizeof *b);
  return error;
}

int pthread_once(pthread_once_t* control, void (*run)()) {
  if (!observed()) return next_pthread_once(control, run);
  const auto outer = once_call;
  once_call = {control, run};
  const int error = next_pthread_once(control, run_once);
  once_call = outer;
  if (!error && observed()) emit(kind::once_seen, control);
  return error;
}

int sem_wait(sem_t* s) { return acquired(s, next_sem_wait(s)); }
int sem_trywait(sem_t* s) noexcept { return acquired(s, next_sem_trywait(s)); }
int sem_timedwait(sem_t* s, const timespec* t) { return acquired(s, next_sem_timedwait(s, t)); }
int sem_clockwait(sem_t* s, clockid_t c, const timespec* t) { return acquired(s, next_sem_clockwait(s, c, t)); }
int sem_post(sem_t* s) noexcept {
  if (observed()) emit(kind::sem_release, s, 1);
  return next_sem_post(s);
}
int sem_destroy(sem_t* s) noexcept {
  if (observed()) destroyed(s, sizeof *s);
  return next_sem_destroy(s);
}
}
