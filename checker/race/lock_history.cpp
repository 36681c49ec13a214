#include "race/lock_history.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "live/live.hpp"
#include "live/lock_names.hpp"
#include "race/contexts.hpp"

namespace gosan::race::lock_history {
namespace {

struct noted {
  epoch when;
  events::object_id lock;
  std::uint8_t nth;  // taking: which of its epoch, from 1; release: 0
  bool reads;
  node_id context;       // of the function that took it, with `place` in it; 0 when not known
  std::uintptr_t place;
};

// Written by its thread alone; read by who writes a report. A note that changes meanwhile is left out: its serial number, odd while
// it is written, differs before and after the copy.
struct slot {
  std::atomic<std::uint32_t> serial;
  noted what;
};

struct thread_notes {
  static constexpr std::size_t room = 2048;
  std::uint64_t count;  // notes made so far
  thread_notes* next;   // in the list of all, constant after publication
  slot slots[room];
};

// Notes of ended threads stay readable.
constinit std::atomic<thread_notes*> all{nullptr};
constinit std::atomic<std::uint64_t> threads{0};
thread_local constinit thread_notes* mine __attribute__((tls_model("initial-exec"))) = nullptr;

thread_notes& notes() noexcept {
  if (mine) return *mine;
  mine = static_cast<thread_notes*>(live::map_zeroed(sizeof(thread_notes)));
  threads.fetch_add(1, std::memory_order_relaxed);
  mine->next = all.load(std::memory_order_relaxed);
  // Release meets the acquire in collect(). [NOTES]
  while (!all.compare_exchange_weak(mine->next, mine, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return *mine;
}

// False when the note was being written.
bool copy(const slot& s, noted& into) noexcept {
  const std::uint32_t before = s.serial.load(std::memory_order_acquire);  // [NOTE]
  if (before == 0 || before % 2) return false;
  into = s.what;
  std::atomic_thread_fence(std::memory_order_acquire);
  return s.serial.load(std::memory_order_relaxed) == before;
}

// All notes of one actor's number up to an epoch, in order.
std::vector<noted> collect(epoch until) {
  std::vector<noted> found;
  noted n;
  for (const thread_notes* t = all.load(std::memory_order_acquire); t; t = t->next)  // [NOTES]
    for (const slot& s : t->slots)
      if (copy(s, n) && number_of(n.when) == number_of(until) && n.when <= until) found.push_back(n);
  // In an epoch takings come first: a release ends it.
  std::sort(found.begin(), found.end(), [](const noted& a, const noted& b) {
    return a.when != b.when ? a.when < b.when : (a.nth ? a.nth : 256) < (b.nth ? b.nth : 256);
  });
  return found;
}

call_stack taken_at(const noted& n) {
  if (!n.place) return {};
  std::uintptr_t pcs[64] = {n.place};
  return live::frames_of({pcs, 1 + contexts::stack_of(n.context, pcs + 1, std::size(pcs) - 1)});
}

}  // namespace

void note(const events::event& e, actor_state& g, const void* at) noexcept {
  const bool taking = events::order_of(e.what) == events::order::lock;
  if (taking && g.taken < most_taken) ++g.taken;
  thread_notes& t = notes();
  slot& s = t.slots[t.count++ % thread_notes::room];
  s.serial.store(s.serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);  // odd
  std::atomic_thread_fence(std::memory_order_release);                                       // [NOTE]
  s.what.when = g.now;
  s.what.lock = e.obj;
  s.what.nth = taking ? g.taken : 0;
  s.what.reads = events::mode_of(e) == events::lock_mode::read;
  // A parked goroutine is given a lock by another, whose stack says nothing.
  const bool here = taking && __gosan_thread.actor == &g;
  s.what.place = here ? contexts::place_in_running_function(at) : 0;
  s.what.context = s.what.place ? contexts::current(__gosan_thread.bottom, __gosan_thread.top) : 0;
  s.serial.store(s.serial.load(std::memory_order_relaxed) + 1, std::memory_order_release);  // [NOTE]
}

std::vector<held_lock> held_at(epoch when, unsigned taken) {
  std::vector<noted> held;
  for (const noted& n : collect(when)) {
    if (n.nth && (n.when < when || n.nth <= taken)) held.push_back(n);
    if (n.nth || n.when == when) continue;
    const auto last = std::find_if(held.rbegin(), held.rend(), [&](const noted& h) { return h.lock == n.lock; });
    if (last != held.rend()) held.erase(std::next(last).base());
  }
  std::vector<held_lock> out;
  for (const noted& n : held) out.push_back({live::lock_name(n.lock), n.reads, taken_at(n)});
  return out;
}

std::uint64_t bytes_used() noexcept { return threads.load(std::memory_order_relaxed) * sizeof(thread_notes); }

}  // namespace gosan::race::lock_history
