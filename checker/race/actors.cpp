#include "race/actors.hpp"

#include <errno.h>

#include <atomic>
#include <cstring>
#include <new>

#include "live/live.hpp"
#include "live/paged_table.hpp"
#include "race/pool.hpp"
#include "race/states.hpp"

thread_local constinit gosan::race::thread_view __gosan_thread = {};

namespace gosan::race::actors {
namespace {

constinit live::paged_table<std::atomic<actor_state*>> by_id;
constinit live::paged_table<std::atomic<events::actor_id>> by_number;
constinit std::atomic<actor_number> next_number{1};
constinit std::atomic<company> company_now{company::nobody};

// Another actor may come at any moment (a thread that nobody told of): whoever is second sees what the other has done. [COMPANY]
void enter_several() noexcept {
  company_now.store(company::several);  // [COMPANY]
  if (states::started()) states::nothing_known();
}

void count_as_known(epoch now) noexcept {
  if (!states::started()) return;
  states::assume_known(now);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (company_now.load() != company::alone) states::nothing_known();  // [COMPANY]
}

void note_new(const actor_state& a) noexcept {
  if (company_now.load(std::memory_order_relaxed) == company::several) return;
  company seen = company::nobody;
  if (company_now.compare_exchange_strong(seen, company::alone)) count_as_known(a.now);
  else enter_several();
}

epoch first_epoch(events::actor_id g) noexcept {
  const actor_number n = next_number.fetch_add(1, std::memory_order_relaxed);
  by_number.at(n).store(g, std::memory_order_relaxed);
  return make_epoch(n, 1);
}

template <typename T>
T* create() noexcept {
  return new (pool::allocate(sizeof(T))) T;
}

template <typename T>
void destroy(T*& p) noexcept {
  if (!p) return;
  p->~T();
  pool::release(p, sizeof(T));
  p = nullptr;
}

events::stack_range stack_here() noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const int saved = errno;  // the program has just entered a function
  const events::stack_range of_thread = live::thread_stack();
  errno = saved;
  return here >= of_thread.low && here < of_thread.high ? of_thread : events::current_stack();
}

// The time grows; when it has run out, the actor goes on under a new number and knows all of its old one.
void tick(actor_state& a) noexcept {
  a.taken = 0;
  if (time_of(a.now) == last_tick) {
    const epoch old = a.now;
    a.now = first_epoch(a.id);
    a.past.add(old, a.now);
  } else {
    ++a.now;
  }
  if (alone()) [[unlikely]] count_as_known(a.now);
  thread_view& t = __gosan_thread;
  if (t.actor == &a && t.now) t.now = a.now;
}

}  // namespace

bool alone() noexcept { return company_now.load(std::memory_order_relaxed) == company::alone; }
void no_longer_alone() noexcept {
  if (alone()) enter_several();
}

actor_state& of(events::actor_id g) noexcept {
  std::atomic<actor_state*>& slot = by_id.at(g);
  // One thread at a time acts for an actor, and the runtime orders them: no race to create.
  if (actor_state* a = slot.load(std::memory_order_acquire)) return *a;
  auto* a = create<actor_state>();
  a->id = g;
  a->now = first_epoch(g);
  note_new(*a);
  slot.store(a, std::memory_order_release);
  return *a;
}

actor_state* find(events::actor_id g) noexcept {
  auto* slot = by_id.find(g);
  return slot ? slot->load(std::memory_order_acquire) : nullptr;
}

events::actor_id id_of(actor_number n) noexcept {
  auto* slot = by_number.find(n);
  return slot ? slot->load(std::memory_order_relaxed) : 0;
}

void end(events::actor_id g) noexcept {
  actor_state* a = find(g);
  if (!a) return;
  if (__gosan_thread.actor == a) set_running(nullptr);
  by_id.at(g).store(nullptr, std::memory_order_relaxed);
  by_id.retire(g);
  if (a->calls) pool::release(a->calls, a->room * sizeof(frame_entry));
  destroy(a->at_fence);
  destroy(a->to_acquire);
  destroy(a);
}

actor_state& running() noexcept {
  if (actor_state* a = __gosan_thread.actor) return *a;
  actor_state& a = of(live::current_actor());
  set_running(&a);
  return a;
}

void set_running(actor_state* a) noexcept {
  thread_view& t = __gosan_thread;
  if (t.actor == a) {
    // A partner may have moved its epoch on while it was parked.
    if (a) t.now = t.ignore ? 0 : a->now;
    return;
  }
  if (t.actor) {
    t.actor->depth = static_cast<std::uint32_t>(t.top - t.bottom);
    t.actor->ignore = t.ignore;
  }
  t.actor = a;
  t.ignore = a ? a->ignore : 0;
  t.now = a && !t.ignore ? a->now : 0;
  t.bottom = a ? a->calls : nullptr;
  t.top = a ? a->calls + a->depth : nullptr;
  t.limit = a ? a->calls + a->room : nullptr;
}

void release(actor_state& a, clock& into) noexcept {
  if (a.past.full()) a.past.fold(a.now);
  into.copy(a.past);
  into.add(a.now, no_epoch);
  tick(a);
}

void release_merge(actor_state& a, clock& into) noexcept {
  into.join(a.past, no_epoch);
  into.add(a.now, no_epoch);
  tick(a);
}

void acquire(actor_state& a, const clock& from) noexcept {
  if (a.past.join(from, a.now)) ++a.past_version;
}

bool knows(const actor_state& a, epoch e) noexcept {
  return number_of(e) == number_of(a.now) || a.past.knows(e);
}

events::actor_id owner_of_stack(std::uintptr_t address) noexcept {
  for (actor_number n = next_number.load(std::memory_order_relaxed); n-- > 1;) {
    const events::actor_id g = id_of(n);
    const actor_state* a = g ? find(g) : nullptr;
    if (a && address >= a->stack.low && address < a->stack.high) return g;
  }
  return 0;
}

void grow_calls() noexcept {
  actor_state& a = running();
  if (!a.calls) a.stack = stack_here();
  thread_view& t = __gosan_thread;
  const auto depth = static_cast<std::uint32_t>(t.top - t.bottom);
  const std::uint32_t room = a.room ? a.room * 2 : 16;
  auto* calls = static_cast<frame_entry*>(pool::allocate(room * sizeof(frame_entry)));
  if (a.calls) {
    std::memcpy(static_cast<void*>(calls), a.calls, depth * sizeof(frame_entry));
    pool::release(a.calls, a.room * sizeof(frame_entry));
  }
  a.calls = calls;
  a.room = room;
  t.bottom = calls;
  t.top = calls + depth;
  t.limit = calls + room;
}

}  // namespace gosan::race::actors
