// The part of lock_detector that finds orders of taking that can deadlock.
#include <algorithm>
#include <mutex>
#include <new>

#include "sync/locks.hpp"

namespace gosan::sync {
namespace {

using events::lock_mode;

constexpr std::size_t turns_kept = 12;     // per link; more of the same tell little more
constexpr std::size_t longest_cycle = 7;   // locks
constexpr std::size_t search_budget = 20000;
constexpr std::uint32_t most_held = 64;    // the latest taken: who takes all of a thousand locks does so in one order

std::uint64_t mix(std::uint64_t h, std::uint64_t v) noexcept {
  h = (h ^ v) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 29);
}

}  // namespace

lock_detector::order_state& lock_detector::order() {
  if (!order_) order_ = new (live::internal_alloc(sizeof(order_state))) order_state;
  return *order_;
}

void lock_detector::note_order(actor_locks& a, const events::event& e) {
  if (!clocks_.in_use()) env_.orders_wanted();
  std::uint64_t what = mix(e.obj, e.a);
  for (std::uint32_t i = 0; i < a.count; ++i) what = mix(what, a.list[i].lock * 2 + static_cast<unsigned>(a.list[i].mode));
  // A nesting of which enough turns are known tells nothing new; neither does the same one by the same actor with the same past.
  if (full_[what % std::size(full_)].load(relaxed) == what) return;
  const std::uint64_t lately = mix(what, clocks_.version(e.g));
  for (std::uint64_t r : a.recent)
    if (r == lately) return;

  live::ivector<cycle> found;
  bool enough = true;
  {
    std::lock_guard hold(order_lock_);
    std::shared_ptr<const taking> by;
    for (std::uint32_t i = a.count > most_held ? a.count - most_held : 0; i < a.count; ++i) {
      const held& h = a.list[i];
      if (h.lock == e.obj) continue;
      order().graph.add(h.lock, e.obj);
      turns& list = order().edges[{h.lock, e.obj}];
      if (list.size() >= turns_kept) continue;
      enough = false;
      if (!by) by = describe(a, e);
      list.push_back({by, h.mode, static_cast<lock_mode>(e.a), {h.pcs, h.pcs + h.frames}});
      judge_cycles(list.back(), h.lock, e.obj, found);
    }
  }
  if (enough) full_[what % std::size(full_)].store(what, relaxed);
  a.recent[what % std::size(a.recent)] = mix(what, clocks_.version(e.g));
  // Outside the lock: frames are looked up under the loader's lock, under which others may take locks of their own.
  for (const cycle& c : found) env_.report(cycle_finding(c));
}

std::shared_ptr<const lock_detector::taking> lock_detector::describe(const actor_locks& a, const events::event& e) {
  const auto t = std::allocate_shared<taking>(live::internal_allocator<taking>(), clocks_, e.g);
  for (std::uint32_t i = 0; i < a.count; ++i) t->gates.emplace_back(a.list[i].lock, a.list[i].mode);
  std::uintptr_t here[32];
  t->at.assign(here, here + env_.walk(here));
  return t;
}

// The fresh turn took `to` while it held `from`; with a path from `to` back to `from` that is a cycle of locks.
void lock_detector::judge_cycles(const turn& fresh, events::object_id from, events::object_id to, live::ivector<cycle>& out) {
  auto judge = [&](const live::ivector<events::object_id>& path) {
    live::ivector<events::object_id> sorted(path);
    std::sort(sorted.begin(), sorted.end());
    std::uint64_t name = 0;
    for (events::object_id o : sorted) name = mix(name, o);
    if (order().reported.contains(name)) return true;
    live::ivector<const turn*> chosen{&fresh};
    if (!pick(path, 0, chosen)) return true;
    order().reported.insert(name);
    cycle& c = out.emplace_back();
    c.locks.assign(path.begin(), path.end());
    for (const turn* t : chosen) c.turns.push_back(*t);
    return true;
  };
  // Short cycles first: they are the ones that happen, and a dense graph has too many long ones to look at.
  for (std::size_t longest = 2; longest <= longest_cycle; ++longest) order().graph.paths(to, from, longest, search_budget, judge);
}

// Chooses a turn for each link of the path, from `link` on, that goes with all chosen so far.
bool lock_detector::pick(const live::ivector<events::object_id>& path, std::size_t link, live::ivector<const turn*>& chosen) const {
  if (link + 1 == path.size()) {
    // Modes: at each lock one side waits for what the other holds, and they must not both read.
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const turn& waits = *chosen[i];
      const turn& has = *chosen[(i + 1) % chosen.size()];
      if (waits.taken_mode == lock_mode::read && has.held_mode == lock_mode::read) return false;
    }
    return true;
  }
  const auto at = order_->edges.find({path[link], path[link + 1]});
  if (at == order_->edges.end()) return false;
  for (const turn& t : at->second) {
    if (!std::all_of(chosen.begin(), chosen.end(), [&](const turn* c) { return compatible(*c, t); })) continue;
    chosen.push_back(&t);
    if (pick(path, link + 1, chosen)) return true;
    chosen.pop_back();
  }
  return false;
}

// Whether two turns can happen at the same time.
bool lock_detector::compatible(const turn& one, const turn& other) const {
  const taking &a = *one.by, &b = *other.by;
  if (a.g == b.g) return false;
  if (b.past.of(a.g) >= a.mark || a.past.of(b.g) >= b.mark) return false;  // ordered on purpose
  for (const auto& [lock, mode] : a.gates)
    for (const auto& [same, other_mode] : b.gates)
      // A common lock keeps them apart unless both only read it.
      if (lock == same && (mode == lock_mode::write || other_mode == lock_mode::write)) return false;
  return true;
}

finding lock_detector::cycle_finding(const cycle& c) {
  const auto& [path, chosen] = c;
  // chosen[0] holds path.back() and takes path[0]; chosen[i] holds path[i-1] and takes path[i].
  finding f;
  f.kind = finding_kind::lock_order;
  f.message = "locks are taken in an order that can deadlock: " + objects_.name(path.back());
  for (events::object_id o : path) f.message += " -> " + objects_.name(o);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const turn& t = chosen[i];
    const events::object_id holds = i ? path[i - 1] : path.back(), takes = path[i];
    party& p = f.parties.emplace_back(env_.party_of(t.by->g));
    p.role = "takes " + objects_.name(takes) + " while it holds " + objects_.name(holds);
    p.stack = env_.frames_of(t.by->at);
    p.locks.push_back({objects_.name(holds), t.held_mode == lock_mode::read, env_.frames_of(t.held_at)});
  }
  for (events::object_id o : path) {
    described_object& d = f.objects.emplace_back();
    d.what = objects_.name(o);
  }
  return f;
}

void lock_detector::forget(events::object_id gone) {
  const object* known = objects_.find(gone);
  if (known && known->kind.load(relaxed) == object_kind::channel) return;  // most are, and none is a lock
  std::lock_guard hold(order_lock_);
  if (!order_) return;
  order_->graph.each_edge(gone, [this](events::object_id from, events::object_id to) { order_->edges.erase({from, to}); });
  order_->graph.remove(gone);
}

}  // namespace gosan::sync
