// pthread_create, _join, _detach, and the end of a thread: creation orders the thread after its creator, join orders the joiner after
// the thread's end, thread_local destructors included.
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <unwind.h>

#include <algorithm>
#include <iterator>
#include <new>

#include "events/sink.hpp"
#include "intercept/heap.hpp"
#include "intercept/next.hpp"
#include "intercept/thread_events.hpp"
#include "live/actors.hpp"
#include "live/live.hpp"
#include "live/locked_list.hpp"
#include "race/actors.hpp"
#include "race/caches.hpp"
#include "race/pool.hpp"
#include "race/states.hpp"
#include "race/race.hpp"

GOSAN_NEXT(pthread_create, __pthread_create)
GOSAN_NEXT(pthread_detach, __pthread_detach)
GOSAN_NEXT(pthread_join, __pthread_join)
GOSAN_NEXT(pthread_tryjoin_np, __pthread_tryjoin_np)
GOSAN_NEXT(pthread_timedjoin_np, ___pthread_timedjoin_np)

namespace gosan::intercept {
namespace {

struct start_packet {
  void* (*run)(void*);
  void* argument;
  events::actor_id id;
  sigset_t signals;  // its creator's mask
};

using thread_list = live::ivector<std::pair<pthread_t, events::actor_id>>;

thread_list::iterator find_thread(thread_list& list, pthread_t t) noexcept {
  return std::find_if(list.begin(), list.end(), [t](const auto& entry) { return pthread_equal(entry.first, t); });
}

using shared_list = live::locked_list<thread_list::value_type>;

events::actor_id find_in(shared_list& threads, pthread_t t) noexcept {
  return threads.with([t](thread_list& list) -> events::actor_id {
    const auto it = find_thread(list, t);
    return it == list.end() ? 0 : it->second;
  });
}

void leave(shared_list& threads, events::actor_id id) noexcept {
  threads.with([id](thread_list& list) { std::erase_if(list, [id](const auto& entry) { return entry.second == id; }); });
}

// Joinable threads that have ended and were not joined. A pthread_t may come again once its thread was joined, so there may
// be two for a moment; the older is joined first.
constinit shared_list ended;

void remember_ended(pthread_t t, events::actor_id id) noexcept {
  ended.with([&](thread_list& list) { list.emplace_back(t, id); });
}

events::actor_id take_ended(pthread_t t) noexcept {
  return ended.with([t](thread_list& list) -> events::actor_id {
    const auto it = find_thread(list, t);
    if (it == list.end()) return 0;
    const events::actor_id id = it->second;
    list.erase(it);
    return id;
  });
}

// Threads that have not ended, for who waits to join one. The thread enters itself, and its creator does if he comes first and it has
// not ended meanwhile; the thread takes itself out once it counts as ended.
constinit shared_list running;

void enter_running(pthread_t t, events::actor_id id) noexcept {
  running.with([&](thread_list& list) {
    const live::actor* a = live::actors::find(id);
    if (a && a->state.load() == live::actor_state::ended) return;
    if (std::none_of(list.begin(), list.end(), [id](const auto& entry) { return entry.second == id; })) list.emplace_back(t, id);
  });
}

bool joinable() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes)) return false;
  int state = PTHREAD_CREATE_DETACHED;
  pthread_attr_getdetachstate(&attributes, &state);
  pthread_attr_destroy(&attributes);
  return state == PTHREAD_CREATE_JOINABLE;
}

// The bytes of this thread's stack and thread-local variables may have been another's.
void forget_old_stack() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes)) return;
  void* low = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  race::memory_fresh(low, size);
}

// Values of the key count the rounds of destructors down: the thread's end is told in the last round, after those of others.
pthread_key_t end_key() noexcept;

void at_thread_end(void* rounds_left) {
  const auto left = reinterpret_cast<std::uintptr_t>(rounds_left);
  if (left > 1) {
    pthread_setspecific(end_key(), reinterpret_cast<void*>(left - 1));
    return;
  }
  if (const events::actor_id id = acting()) {
    emit_id(events::kind::thread_end, 0);
    remember_ended(pthread_self(), id);
    leave(running, id);
    if (!joinable()) leave(ended, id);  // detached before; who detaches later forgets it: detach()
  }
  heap::thread_ended();
  race::pool::thread_ended();
  race::caches::thread_ended();
}

pthread_key_t end_key() noexcept {
  static const pthread_key_t key = [] {
    pthread_key_t k{};
    pthread_key_create(&k, at_thread_end);
    return k;
  }();
  return key;
}

void* run_thread(void* p) {
  const start_packet packet = *static_cast<start_packet*>(p);
  live::internal_free(p, sizeof(start_packet));
  forget_old_stack();
  live::adopt_thread_actor(packet.id);
  live::actors::set_running_here(packet.id);
  enter_running(pthread_self(), packet.id);
  if (race::states::started()) race::actors::set_running(&race::actors::of(packet.id));
  // A handler that ran earlier would have been another actor's.
  pthread_sigmask(SIG_SETMASK, &packet.signals, nullptr);
  pthread_setspecific(end_key(), reinterpret_cast<void*>(std::uintptr_t{PTHREAD_DESTRUCTOR_ITERATIONS}));
  return packet.run(packet.argument);
}

// By unwinding: the thread is made deep in libstdc++, through which frame pointers do not lead.
struct unwound {
  std::uintptr_t pcs[64];
  std::size_t count = 0, skip = 2;  // this file's own frames

  static _Unwind_Reason_Code visit(_Unwind_Context* context, void* arg) {
    auto& u = *static_cast<unwound*>(arg);
    if (u.skip) return --u.skip, _URC_NO_REASON;
    if (u.count == std::size(u.pcs)) return _URC_END_OF_STACK;
    if (const std::uintptr_t pc = _Unwind_GetIP(context)) u.pcs[u.count++] = pc;
    return _URC_NO_REASON;
  }
};

[[gnu::noinline]] events::stack_id creation_stack() noexcept {
  unwound u;
  _Unwind_Backtrace(unwound::visit, &u);
  return live::intern_stack({u.pcs, u.count});
}

int create(pthread_t* t, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) noexcept {
  end_key();  // made before any thread starts: two that made it at once would be ordered by its guard, and their races missed
  const events::actor_id id = live::reserve_thread_actor();
  auto* packet = new (live::internal_alloc(sizeof(start_packet))) start_packet{run, argument, id, {}};
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &packet->signals);
  const sigset_t mine = packet->signals;
  events::event e;
  e.what = events::kind::thread_create;
  e.stack = creation_stack();
  e.g = acting();
  e.obj = id;
  events::sink::emit(e);
  const int error = next_pthread_create(t, attributes, run_thread, static_cast<void*>(packet));
  pthread_sigmask(SIG_SETMASK, &mine, nullptr);
  if (error) live::internal_free(packet, sizeof *packet);
  else enter_running(*t, id);
  return error;
}

// The wait for a thread is part of the graph of who waits for whom, as one for a lock is.
[[gnu::noinline]] void about_to_join(events::actor_id thread) noexcept {
  events::event e;
  e.what = events::kind::park;
  e.stack = events::sink::capture_stack(1);
  e.g = acting();
  e.obj = thread;
  e.a = static_cast<std::uint64_t>(events::wait_reason::thread_wait);
  events::sink::emit(e);
}

int join_waiting(pthread_t t, void** result) noexcept {
  const events::actor_id other = observed() ? find_in(running, t) : 0;
  if (!other) return next_pthread_join(t, result);
  about_to_join(other);
  const int error = next_pthread_join(t, result);
  emit_id(events::kind::run, other);
  return error;
}

int joined(pthread_t t, int error) noexcept {
  if (error || !observed()) return error;
  if (const events::actor_id id = take_ended(t)) emit_id(events::kind::thread_join, id);
  return error;
}

// Nobody will join it, and its pthread_t may come again as soon as it has ended: then it must not be found any more.
int detach(pthread_t t) noexcept {
  events::actor_id id = find_in(running, t);
  if (!id) id = find_in(ended, t);
  const int error = next_pthread_detach(t);
  if (!error && id) leave(ended, id);
  return error;
}

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

extern "C" {
int pthread_create(pthread_t* t, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) noexcept {
  if (!observed()) return next_pthread_create(t, attributes, run, argument);
  return create(t, attributes, run, argument);
}
int pthread_detach(pthread_t t) noexcept { return detach(t); }
int pthread_join(pthread_t t, void** result) { return joined(t, join_waiting(t, result)); }
int pthread_tryjoin_np(pthread_t t, void** result) noexcept { return joined(t, next_pthread_tryjoin_np(t, result)); }
int pthread_timedjoin_np(pthread_t t, void** result, const struct timespec* until) {
  return joined(t, next_pthread_timedjoin_np(t, result, until));
}
}
