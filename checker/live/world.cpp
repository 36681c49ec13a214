#include "live/world.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "gosan/go.hpp"
#include "gosan/sync.hpp"
#include "intercept/heap.hpp"
#include "live/roots.hpp"
#include "live/spin_lock.hpp"
#include "live/stop_threads.hpp"
#include "sched/scheduler.hpp"
#include "sched/worker.hpp"

namespace gosan::live {
namespace {

using sync::memory_range;

class live_heap final : public sync::block_map {
 public:
  bool block_of(std::uintptr_t address, memory_range& block) const noexcept override {
    intercept::heap_block b;
    if (!intercept::block_of(reinterpret_cast<const void*>(address), b)) return false;
    block = {b.start, b.start + b.size};
    return true;
  }
};

struct request {
  const sync::object_table& objects;
  const sync::lock_detector& locks;
  const sync::wait_table& waits;
  memory_range own_frames;  // of this thread's stack: the proof's own, which know every address
  proven* out;
};

rt::worker* all_workers() noexcept GOSAN_NO_ANALYSIS { return rt::the_scheduler.workers; }  // the world is stopped: nobody changes the list

// A worker that rests in the scheduler holds nothing of the user's on its own stack or in registers: goroutines' are in the picture.
// One whose goroutine is inside blocking() is not at rest.
bool rests(int tid) {
  for (rt::worker* w = all_workers(); w; w = w->all_link)
    if (w->tid.load(std::memory_order_relaxed) == tid) return w->resting.load() != static_cast<std::uint32_t>(rt::rest::none);
  return false;
}

void add_holes(const request& r, svector<memory_range>& holes) {
  holes.push_back(r.own_frames);
  for (rt::worker* w = all_workers(); w; w = w->all_link)
    if (rests(w->tid.load(std::memory_order_relaxed)))
      holes.push_back({reinterpret_cast<std::uintptr_t>(w->stack_low), reinterpret_cast<std::uintptr_t>(w->stack_high)});
}

void explain(sync::leak_proof& proof, const events::snapshot& s, const request& r, const svector<std::size_t>& dead,
             svector<std::pair<std::size_t, std::size_t>>& waits_for) {
  svector<std::size_t> at_locks;
  auto owner_place = [&](std::size_t i) {
    const events::actor_id owner = r.locks.owner_of(s.goroutines[i].waits_on);
    for (std::size_t d : dead)
      if (owner && s.goroutines[d].id == owner) return d;
    return s.goroutines.size();
  };
  for (std::size_t i : dead) {
    const sync::object_kind k = sync::object_table::kind_of(s.goroutines[i].why);
    if (k != sync::object_kind::lock && k != sync::object_kind::shared_lock) continue;
    const std::size_t owner = owner_place(i);
    if (owner == s.goroutines.size()) continue;
    at_locks.push_back(i);
    waits_for.emplace_back(i, owner);
  }
  constexpr std::size_t enough = 64;
  if (at_locks.empty() || at_locks.size() > enough || dead.size() > 4 * enough) return;
  // The holder of such a lock waits for something else: do those who wait for his lock have the other end of it?
  for (std::size_t h : dead) {
    const events::object_id on = s.goroutines[h].waits_on;
    if (!on || r.locks.owner_of(on)) continue;
    for (std::size_t w : at_locks)
      if (w != h && proof.own_stack_reaches(w, on)) waits_for.emplace_back(h, w);
  }
}

// Bytes of a control block before the closure it holds.
std::size_t scheduler_part(const events::snapshot& s) {
  for (const events::goroutine_view& v : s.goroutines)
    if (const auto* g = static_cast<const rt::goroutine*>(v.control_block))
      return static_cast<std::size_t>(reinterpret_cast<const char*>(g->inline_closure) - reinterpret_cast<const char*>(g));
  return 0;
}

void with_all_stopped(const events::snapshot& taken, void* arg) {
  const request& r = *static_cast<request*>(arg);
  events::snapshot& s = const_cast<events::snapshot&>(taken);  // ours to keep, as take_snapshot() does
  scratch_release_all();
  {
    stopped_threads others(rests);
    for (events::goroutine_view& g : s.goroutines)  // the caller's own stack: without the proof's frames
      if (g.stack_low <= r.own_frames.high && r.own_frames.high < g.stack_high && !g.is_thread) g.stack_pointer = r.own_frames.high;
    live_heap heap;
    sync::leak_proof proof(s, r.objects, r.locks, r.waits, heap, {sizeof(gosan::mutex), sizeof(gosan::shared_mutex), scheduler_part(s)});
    svector<memory_range> holes, roots;
    add_holes(r, holes);
    if (others.all() && mapped_roots(holes, roots)) {
      // The picture knows every stack, and an earlier one may have lain where it lies.
      proof.pass_over(reinterpret_cast<std::uintptr_t>(s.goroutines.data()));
      for (rt::worker* w = all_workers(); w; w = w->all_link) {
        proof.pass_over(reinterpret_cast<std::uintptr_t>(w));
        if (w->proc) proof.pass_over(reinterpret_cast<std::uintptr_t>(w->proc));
      }
      for (const memory_range& root : roots) proof.add_root(root);
      for (std::uintptr_t w : others.registers()) proof.add_root_word(w);
      for (std::uintptr_t w : s.timer_args) proof.add_root_word(w);
      const svector<std::size_t> dead = proof.run();
      svector<std::pair<std::size_t, std::size_t>> waits_for;
      explain(proof, s, r, dead, waits_for);
      r.out->complete = dead.size() <= r.out->dead.capacity() && waits_for.size() <= r.out->waits_for.capacity();
      if (r.out->complete) {
        r.out->dead.assign(dead.begin(), dead.end());  // within the room made before: no allocation
        r.out->waits_for.assign(waits_for.begin(), waits_for.end());
      }
    }
  }
  r.out->picture = std::move(s);
}

// The part of the thread's own stack below `high`: the frames of the proof. Empty on a goroutine's stack, which is in the picture.
memory_range frames_below(std::uintptr_t high) noexcept {
  const events::stack_range own = thread_stack();
  return {high >= own.low && high < own.high ? own.low : high, high};
}

}  // namespace

[[gnu::noinline]] proven prove(const sync::object_table& objects, const sync::lock_detector& locks, const sync::wait_table& waits) {
  static constinit spin_lock one_at_a_time;
  __builtin_unwind_init();  // the caller's registers are in this frame now
  proven out;
  if (!intercept::tracks_all_blocks()) return out;
  const std::size_t room = static_cast<std::size_t>(num_goroutine()) * 2 + 1024;
  // Filled once: what a reused block held before would be scanned as if somebody meant it.
  out.dead.assign(room, 0), out.dead.clear();
  out.waits_for.assign(room, {}), out.waits_for.clear();
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  constexpr std::uintptr_t saved_registers = 64;  // pushed right below the frame address
  request r{objects, locks, waits, frames_below(frame - saved_registers), &out};
  std::lock_guard hold(one_at_a_time);
  events::with_world_stopped(with_all_stopped, &r);
  return out;
}

}  // namespace gosan::live
