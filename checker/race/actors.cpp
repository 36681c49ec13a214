#include "race/actors.hpp"

#include <errno.h>

#include <atomic>
#include <cstring>
#include <new>
#include <utility>

#include "live/live.hpp"
#include "live/paged_table.hpp"
#include "live/spin_lock.hpp"
#include "race/pool.hpp"
#include "race/relock.hpp"
#include "race/states.hpp"

thread_local constinit gosan::race::thread_view __gosan_thread = {};

namespace gosan::race {

// What an actor knew when it created others, for those that have not done anything yet: they come to their state on the thread that they run
// on, where the memory of others lies that have ended. Who takes a share writes to it, who gives does not: the giver holds so many shares that
// they never run out, and counts what it has given in its own state.
struct inheritance {
  static constexpr std::uint64_t all = std::uint64_t{1} << 62;
  std::atomic<std::uint64_t> shares{all};
  clock past;
  std::uint32_t version = 0;  // of the giver's past
};

}  // namespace gosan::race

namespace gosan::race::actors {
namespace {

// An actor's state; or, marked by the lowest bit, what it inherits until it has one, with the epoch of its creator that it knows.
struct place {
  std::atomic<std::uintptr_t> holds;
  epoch told;
};
constexpr std::uintptr_t inherits = 1;
constinit live::paged_table<place> by_id;
constinit live::paged_table<std::atomic<events::actor_id>> by_number;
constinit std::atomic<actor_number> next_number{16};  // from a leaf's first on; 0 is nobody's
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

// Numbers go to threads in rows that fill a leaf of clock trees.
struct number_row {
  actor_number next, end;
};
thread_local constinit number_row my_numbers __attribute__((tls_model("initial-exec"))) = {};

actor_number fresh_number() noexcept {
  number_row& mine = my_numbers;
  if (mine.next == mine.end) {
    mine.next = next_number.fetch_add(numbers_at_once, std::memory_order_relaxed);
    mine.end = mine.next + numbers_at_once;
  }
  return mine.next++;
}

epoch first_epoch(events::actor_id g) noexcept {
  const actor_number n = fresh_number();
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

// Code of a signal's handler may push and pop at any moment: first it finds the stack full, so that it asks (__gosan_func_entry) and is
// told to leave it; then, for one instruction, the new one with the old limit, and beyond its end there is `spare` room.
constexpr std::uint32_t spare = 8;
frame_entry of_nobody[spare];  // where there is no stack: written by such handlers, never read
void switch_calls(frame_entry* bottom, frame_entry* top, frame_entry* limit) noexcept {
  thread_view& t = __gosan_thread;
  const auto in_order = [](frame_entry*& to, frame_entry* value) {
    __atomic_store_n(&to, value, __ATOMIC_RELAXED);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  };
  in_order(t.limit, t.top);
  in_order(t.bottom, bottom);
  in_order(t.top, top);
  in_order(t.limit, limit);
}

std::size_t bytes_of_calls(std::uint32_t room) noexcept { return (room + spare) * sizeof(frame_entry); }

// The time grows; when it has run out, the actor goes on under a new number and knows all of its old one.
void tick(actor_state& a) noexcept {
  a.taken = 0;
  relock::epoch_ends(a);
  if (time_of(a.now) == last_tick) {
    const epoch old = a.now;
    a.now = first_epoch(a.id);
    a.past.add(old, a.now);
    ++a.past_version;
  } else {
    ++a.now;
  }
  if (alone()) [[unlikely]] count_as_known(a.now);
  show_epoch(a);
}

}  // namespace

void show_epoch(const actor_state& a) noexcept {
  thread_view& t = __gosan_thread;
  if (t.actor == &a) t.now = t.ignore ? 0 : relock::as_shown(a).when;
}

bool alone() noexcept { return company_now.load(std::memory_order_relaxed) == company::alone; }
void no_longer_alone() noexcept {
  if (company_now.load(std::memory_order_relaxed) != company::several) enter_several();
}

namespace {

actor_state* state_in(std::uintptr_t held) noexcept {
  return held & inherits ? nullptr : reinterpret_cast<actor_state*>(held);
}

inheritance* inherited_in(std::uintptr_t held) noexcept {
  return held & inherits ? reinterpret_cast<inheritance*>(held & ~inherits) : nullptr;
}

// Release and acquire: whoever is the last sees the others done with it. [HEIRS]
void give_up(inheritance* i, std::uint64_t shares) noexcept {
  if (i->shares.fetch_sub(shares, std::memory_order_acq_rel) == shares) destroy(i);
}

void give_up_own(actor_state& a) noexcept {
  if (a.leaves) give_up(std::exchange(a.leaves, nullptr), inheritance::all - std::exchange(a.heirs, 0));
}

[[gnu::noinline]] actor_state& make_state(place& at, events::actor_id g) noexcept {
  auto* a = create<actor_state>();
  a->id = g;
  a->now = first_epoch(g);
  if (inheritance* from = inherited_in(at.holds.load(std::memory_order_relaxed))) {
    a->past.copy(from->past);
    a->past.put(at.told);
    a->past_version = 1;
    give_up(from, 1);
  }
  note_new(*a);
  at.holds.store(reinterpret_cast<std::uintptr_t>(a), std::memory_order_release);
  return *a;
}

}  // namespace

actor_state& of(events::actor_id g) noexcept {
  place& at = by_id.at(g);
  // One thread at a time acts for an actor, and the runtime orders them: no race to create.
  actor_state* a = state_in(at.holds.load(std::memory_order_acquire));
  return a ? *a : make_state(at, g);
}

actor_state* find(events::actor_id g) noexcept {
  const place* at = by_id.find(g);
  return at ? state_in(at->holds.load(std::memory_order_acquire)) : nullptr;
}

actor_state* find_heir(events::actor_id g) noexcept {
  place* at = by_id.find(g);
  return at && at->holds.load(std::memory_order_acquire) ? &of(g) : nullptr;
}

events::actor_id id_of(actor_number n) noexcept {
  auto* slot = by_number.find(n);
  return slot ? slot->load(std::memory_order_relaxed) : 0;
}

void end(events::actor_id g) noexcept {
  place* const at = by_id.find(g);
  const std::uintptr_t held = at ? at->holds.load(std::memory_order_acquire) : 0;
  if (!held) return;
  actor_state* a = state_in(held);
  if (a && __gosan_thread.actor == a) set_running(nullptr);
  at->holds.store(0, std::memory_order_relaxed);
  by_id.retire(g);
  if (!a) return give_up(inherited_in(held), 1);
  if (a->calls) pool::release(a->calls, bytes_of_calls(a->room));
  give_up_own(*a);
  destroy(a->at_fence);
  destroy(a->to_acquire);
  destroy(a);
}

actor_state& attach_running() noexcept {
  actor_state& a = of(live::current_actor());
  set_running(&a);
  return a;
}

void set_running(actor_state* a) noexcept {
  thread_view& t = __gosan_thread;
  if (t.actor == a) {
    // A partner may have moved its epoch on while it was parked.
    if (a) show_epoch(*a);
    return;
  }
  if (t.actor) {
    t.actor->depth = static_cast<std::uint32_t>(t.top - t.bottom);
    t.actor->ignore = t.ignore;
  }
  const live::midst undisturbed;
  t.actor = a;
  t.ignore = a ? a->ignore : 0;
  t.now = 0;
  if (a) show_epoch(*a);
  if (a && a->calls) switch_calls(a->calls, a->calls + a->depth, a->calls + a->room);
  else switch_calls(of_nobody, of_nobody, of_nobody);
}

void release(actor_state& a, clock& into) noexcept {
  if (a.past.full()) a.past.fold(a.now);
  into.copy(a.past);
  into.put(a.now);
  tick(a);
}

void release_again(actor_state& a, clock& into) noexcept {
  into.add_fresh(a.now, no_epoch);
  tick(a);
}

void release_merge(actor_state& a, clock& into) noexcept {
  into.join(a.past, no_epoch);
  into.add_fresh(a.now, no_epoch);
  tick(a);
}

void acquire(actor_state& a, const clock& from) noexcept {
  if (a.past.join(from, a.now)) ++a.past_version;
}

void acquire(actor_state& a, epoch left) noexcept {
  if (a.past.add(left, a.now)) ++a.past_version;
}

void next_epoch(actor_state& a) noexcept { tick(a); }

// Each child that ends hands on all that the parent has told it, one extra epoch at a time: from so many on they go into the tree before, once
// for all children.
constexpr unsigned extras_worth_folding = 2;

namespace {

// As long as the parent learns nothing, all that it creates inherit the same.
inheritance& left_by(actor_state& parent) noexcept {
  if (parent.leaves && parent.leaves->version == parent.past_version) return *parent.leaves;
  give_up_own(parent);
  if (parent.past.has_extra(extras_worth_folding)) parent.past.fold(parent.now);
  auto* i = create<inheritance>();
  i->past.copy(parent.past);
  i->version = parent.past_version;
  return *(parent.leaves = i);
}

}  // namespace

void fork(actor_state& parent, events::actor_id child) noexcept {
  place& at = by_id.at(child);
  no_longer_alone();
  if (at.holds.load(std::memory_order_relaxed)) [[unlikely]] {
    clock past;
    release(parent, past);
    return acquire(of(child), past);
  }
  at.told = parent.now;
  at.holds.store(reinterpret_cast<std::uintptr_t>(&left_by(parent)) | inherits, std::memory_order_release);
  ++parent.heirs;
  tick(parent);
}

// The new value of a slot is what a knew before it took the old one. That makes the k-th receive happen before the completion of the
// (k+C)-th send and not before its start: a merge would order two receivers through a blocked sender.
void swap(actor_state& a, clock& slot) noexcept {
  if (a.past.full()) a.past.fold(a.now);
  epoch taken[clock::places];
  if (slot.trade(a.past, a.now, taken)) {
    tick(a);
    a.past_version += a.past.add_taken(taken, a.now);
    return;
  }
  clock before;
  before.swap(slot);
  release(a, slot);
  acquire(a, before);
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
  const live::midst undisturbed;
  if (!a.calls) a.stack = stack_here();
  thread_view& t = __gosan_thread;
  const auto depth = static_cast<std::uint32_t>(t.top - t.bottom);
  const std::uint32_t old_room = a.room, room = old_room ? 2 * (old_room + spare) - spare : 16 - spare;
  auto* calls = static_cast<frame_entry*>(pool::allocate(bytes_of_calls(room)));
  frame_entry* const old = a.calls;
  if (old) std::memcpy(static_cast<void*>(calls), old, depth * sizeof(frame_entry));
  a.calls = calls;
  a.room = room;
  switch_calls(calls, calls + depth, calls + room);
  if (old) pool::release(old, bytes_of_calls(old_room));
}

}  // namespace gosan::race::actors
