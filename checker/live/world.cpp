#include "live/world.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "gosan/go.hpp"
#include "gosan/sync.hpp"
#include "intercept/heap.hpp"
#include "intercept/kernel_held.hpp"
#include "live/actors.hpp"
#include "live/os_waits.hpp"
#include "live/roots.hpp"
#include "live/stop_threads.hpp"
#include "sched/sched.hpp"
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
  const events::object_id scope;  // 0: all
  memory_range own_frames;        // of this thread's stack: the proof's own, which know every address
  proven* out;
};

rt::worker* all_workers() noexcept GOSAN_NO_ANALYSIS { return rt::the_scheduler.workers; }  // the world is stopped: nobody changes the list

// A worker that rests in the scheduler holds nothing of the user's in registers: goroutines' are in the picture.
// One whose goroutine is inside blocking() is not at rest.
bool rests(int tid) {
  for (rt::worker* w = all_workers(); w; w = w->all_link)
    if (w->tid.load(std::memory_order_relaxed) == tid) return w->resting.load() != static_cast<std::uint32_t>(rt::rest::none);
  return false;
}

void add_holes(const request& r, svector<memory_range>& holes) {
  holes.push_back(r.own_frames);
  rt::tools_thread::for_each_stack([&holes](std::uintptr_t low, std::uintptr_t high) { holes.push_back({low, high}); });
}

using waits_for_list = svector<std::pair<std::size_t, std::size_t>>;

// Two that wait for the same thing do not wait for each other.
bool wait_alike(const sync::leak_proof& proof, std::size_t a, std::size_t b) {
  for (events::object_id x : proof.waited_for(a))
    for (events::object_id y : proof.waited_for(b))
      if (x && x == y) return true;
  return false;
}

// Whether somebody other than `other` was the last at the other end of the channel that g waits on. He is the one g waits for: that
// `other` could get at the channel too, perhaps by a forgotten word on its stack, makes no ring.
bool has_another_partner(const request& r, const events::goroutine_view& g, events::actor_id other) {
  if (g.why != events::wait_reason::chan_send && g.why != events::wait_reason::chan_recv) return false;
  const sync::object* channel = r.objects.find(g.waits_on);
  if (!channel) return false;
  const auto& end = g.why == events::wait_reason::chan_send ? channel->used.last_receiver : channel->used.last_sender;
  const events::actor_id partner = end.load(std::memory_order_relaxed);  // written by on_event(), whose actors are stopped
  return partner && partner != other;
}

// Who of the dead waits for whom: for the holder of a lock, for who is in the call of a once, or for whoever of them has the other end of
// what is waited for. The latter costs a marking each, so it is left out where there are many, and one reader stands for all then: those
// are a leak, not a ring somebody will read.
void explain(sync::leak_proof& proof, const events::snapshot& s, const request& r, const svector<std::size_t>& dead,
             waits_for_list& waits_for) {
  svector<std::size_t> others;  // that wait for nobody in particular
  constexpr std::size_t enough = 64;
  const bool few = dead.size() <= enough;
  for (std::size_t i : dead) {
    const std::size_t before = waits_for.size();
    const auto holders = proof.holders_of(i);
    for (std::size_t h : holders.first(std::min(holders.size(), enough)))
      if (std::binary_search(dead.begin(), dead.end(), h) && (few || waits_for.size() == before)) waits_for.emplace_back(i, h);
    if (waits_for.size() == before) others.push_back(i);
  }
  if (!few) return;
  for (std::size_t w : dead) {
    proof.mark_from(w);
    for (std::size_t h : others) {
      if (h == w || wait_alike(proof, h, w) || has_another_partner(r, s.goroutines[h], s.goroutines[w].id)) continue;
      const auto on = proof.waited_for(h);
      if (std::any_of(on.begin(), on.end(), [&](events::object_id o) { return o && proof.marks(o); })) waits_for.emplace_back(h, w);
    }
  }
}

svector<std::size_t> of_scope(const events::snapshot& s, const svector<std::size_t>& dead, events::object_id scope) {
  svector<std::size_t> own;
  for (std::size_t i : dead)
    if (!scope || actors::scope_of(s.goroutines[i].id) == scope) own.push_back(i);
  return own;
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
    os_waits::show_in(s);
    for (events::goroutine_view& g : s.goroutines)  // the caller's own stack: without the proof's frames
      if (g.stack_low <= r.own_frames.high && r.own_frames.high < g.stack_high && !g.is_thread) g.stack_pointer = r.own_frames.high;
    for (events::goroutine_view& g : s.goroutines)  // inside blocking(): of its stack, too, only what is in use
      if (!g.stack_pointer && g.stack_high && !g.is_thread) g.stack_pointer = others.stack_pointer_in(g.stack_low, g.stack_high);
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
      waits_for_list waits_for;
      explain(proof, s, r, of_scope(s, dead, r.scope), waits_for);
      r.out->complete = dead.size() <= r.out->dead.capacity() && waits_for.size() <= r.out->waits_for.capacity();
      if (r.out->complete) {
        r.out->dead.assign(dead.begin(), dead.end());  // within the room made before: no allocation
        r.out->waits_for.assign(waits_for.begin(), waits_for.end());
      }
    }
  }
  r.out->picture = std::move(s);
}

// One proof at a time. Who waits for his turn can be stopped with the world by the one whose turn it is; a spin_lock would
// keep him from that.
class turn {
 public:
  turn() noexcept {
    while (taken_.exchange(true, std::memory_order_acquire)) {  // [TURN]
      if (!rt::is_thread(rt::self())) rt::yield();
      const timespec t{0, 100'000};
      nanosleep(&t, nullptr);
    }
  }
  ~turn() { taken_.store(false, std::memory_order_release); }  // [TURN]
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

 private:
  static constinit inline std::atomic<bool> taken_{false};
};

// The part of the thread's own stack below `high`: the frames of the proof. Empty on a goroutine's stack, which is in the picture.
memory_range frames_below(std::uintptr_t high) noexcept {
  const events::stack_range own = thread_stack();
  return {high >= own.low && high < own.high ? own.low : high, high};
}

}  // namespace

[[gnu::noinline]] proven prove(const sync::object_table& objects, const sync::lock_detector& locks, const sync::wait_table& waits,
                               events::object_id scope) {
  __builtin_unwind_init();  // the caller's registers are in this frame now
  proven out;
  if (!intercept::tracks_all_blocks() || !intercept::kernel_held::all_kept()) return out;
  const std::size_t room = static_cast<std::size_t>(num_goroutine()) * 2 + 1024;
  // Filled once: what a reused block held before would be scanned as if somebody meant it.
  out.dead.assign(room, 0), out.dead.clear();
  out.waits_for.assign(room + 64 * 64, {}), out.waits_for.clear();
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  constexpr std::uintptr_t saved_registers = 64;  // pushed right below the frame address
  request r{objects, locks, waits, scope, frames_below(frame - saved_registers), &out};
  const turn mine;
  events::with_world_stopped(with_all_stopped, &r);
  return out;
}

}  // namespace gosan::live
