// Rings of goroutines that wait for one another.
#include <algorithm>
#include <map>

#include "sync/alive.hpp"

namespace gosan::sync {
namespace {

using edges = std::map<std::size_t, std::vector<std::size_t>>;

// The shortest ring through `start`, as places in order of waiting; empty when there is none.
std::vector<std::size_t> ring_through(std::size_t start, const edges& out) {
  std::map<std::size_t, std::size_t> before;
  std::vector<std::size_t> todo{start};
  for (std::size_t i = 0; i < todo.size(); ++i) {
    const auto at = out.find(todo[i]);
    if (at == out.end()) continue;
    for (std::size_t next : at->second) {
      if (next == start) {
        std::vector<std::size_t> ring;
        for (std::size_t x = todo[i]; x != start; x = before.at(x)) ring.push_back(x);
        ring.push_back(start);
        std::reverse(ring.begin(), ring.end());
        return ring;
      }
      if (before.try_emplace(next, todo[i]).second) todo.push_back(next);
    }
  }
  return {};
}

std::string who(const events::goroutine_view& g) { return (g.is_thread ? "thread " : "goroutine ") + std::to_string(g.id); }

// What `next` would have to do so that the one who waits goes on.
std::string link_text(const events::goroutine_view& g, const events::goroutine_view& next, const lock_detector& locks) {
  using enum events::wait_reason;
  if (locks.owner_of(g.waits_on) == next.id) return "which " + who(next) + " holds";
  switch (g.why) {
    case wait_group_wait: return "which " + who(next) + " would have to count down";
    case sem_acquire: return "which " + who(next) + " would have to release";
    case cond_wait: return "which " + who(next) + " would have to signal";
    case once_call: return "whose call " + who(next) + " would have to end";
    case thread_wait: return "for " + who(next) + " to end";
    case barrier_wait: return "at which " + who(next) + " would have to arrive";
    case select: return "and " + who(next) + " has the other end of a channel of it";
    default: return "whose other end " + who(next) + " has";
  }
}

finding ring_finding(const std::vector<std::size_t>& ring, const events::snapshot& s, const object_table& objects,
                     const lock_detector& locks, environment& env) {
  finding f;
  f.kind = finding_kind::partial_deadlock;
  const bool threads = std::any_of(ring.begin(), ring.end(), [&s](std::size_t i) { return s.goroutines[i].is_thread; });
  f.message = std::to_string(ring.size()) + (threads ? " goroutines and threads" : " goroutines") + " wait for one another for ever";
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const events::goroutine_view& g = s.goroutines[ring[i]];
    const events::goroutine_view& next = s.goroutines[ring[(i + 1) % ring.size()]];
    f.parties.push_back(party_for(g, objects, env, &locks));
    f.notes.push_back(who(g) + " waits in " + waiting_text(g, objects) + ", " + link_text(g, next, locks));
    if (!g.waits_on) continue;
    described_object& d = f.objects.emplace_back();
    d.what = objects.name(g.waits_on);
    if (const object* o = objects.find(g.waits_on)) d.created_at = env.frames_of(o->created_at.load(std::memory_order_relaxed));
  }
  return f;
}

}  // namespace

void report_partial_deadlocks(const events::snapshot& s, const std::vector<std::pair<std::size_t, std::size_t>>& waits_for,
                              const object_table& objects, const lock_detector& locks, environment& env,
                              live::iset<events::actor_id>& judged) {
  edges out;
  for (const auto& [from, to] : waits_for)
    if (from != to && !judged.contains(s.goroutines[from].id) && !judged.contains(s.goroutines[to].id)) out[from].push_back(to);
  for (const auto& [start, unused] : out) {
    if (judged.contains(s.goroutines[start].id)) continue;
    const std::vector<std::size_t> ring = ring_through(start, out);
    if (ring.empty()) continue;
    finding f = ring_finding(ring, s, objects, locks, env);
    for (std::size_t place : ring) judged.insert(s.goroutines[place].id);
    // Those who wait for a lock of the ring's members wait as long.
    for (bool more = true; more;) {
      more = false;
      for (const auto& [from, to] : waits_for) {
        if (!judged.contains(s.goroutines[to].id) || locks.owner_of(s.goroutines[from].waits_on) != s.goroutines[to].id) continue;
        if (!judged.insert(s.goroutines[from].id).second) continue;
        f.notes.push_back(who(s.goroutines[from]) + " waits behind them in " + waiting_text(s.goroutines[from], objects));
        more = true;
      }
    }
    env.report(std::move(f));
  }
}

}  // namespace gosan::sync
