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

// Whether nobody but `next` can end g's wait, or he must do his part in any case.
bool is_holder(const events::goroutine_view& g, const events::goroutine_view& next, const object_table& objects, const lock_detector& locks) {
  if (g.why == events::wait_reason::once_call) return objects.caller_of(g.waits_on) == next.id;
  return waits_for_lock(g) && locks.holds(next.id, g.waits_on);
}

std::string holder_text(const events::goroutine_view& g, const events::goroutine_view& next, const events::snapshot& s,
                        const lock_detector& locks) {
  std::string text = "which " + who(next) + " holds";
  if (locks.owner_of(g.waits_on) == next.id) return text;
  text += " for reading";
  if (g.why != events::wait_reason::shared_lock) return text;
  for (const events::goroutine_view& w : s.goroutines)
    if (w.why == events::wait_reason::exclusive_lock && w.waits_on == g.waits_on) return text + ", and " + who(w) + " waits to write before it";
  return text;
}

// Whoever of them would do: "goroutine 4 or goroutine 6".
std::string any_of(const std::vector<std::size_t>& places, std::size_t first, const events::snapshot& s) {
  constexpr std::size_t enough = 3;
  std::string text = who(s.goroutines[first]);
  std::size_t named = 1;
  for (std::size_t p : places) {
    if (p == first) continue;
    if (named++ == enough) return text + " or another of them";
    text += " or " + who(s.goroutines[p]);
  }
  return text;
}

// What one of `out` would have to do so that the one who waits goes on.
std::string link_text(const events::goroutine_view& g, const std::string& next) {
  switch (g.why) {
    using enum events::wait_reason;
    case wait_group_wait: return "which " + next + " would have to count down";
    case sem_acquire: return "which " + next + " would have to release";
    case cond_wait: return "which " + next + " would have to signal";
    case once_call: return "whose call " + next + " would have to end";
    case thread_wait: return "for " + next + " to end";
    case barrier_wait: return "at which " + next + " would have to arrive";
    case select: return "and " + next + " has the other end of a channel of it";
    default: return "whose other end " + next + " has";
  }
}

// Who waits for others to be done has the channels by which these go on, as a rule because it made them. It is not the one they wait
// for when somebody else has them too.
void drop_those_who_join(edges& out, const events::snapshot& s) {
  auto joins = [&s](std::size_t place) { return s.goroutines[place].why == events::wait_reason::wait_group_wait; };
  for (auto& [from, to] : out) {
    if (joins(from) || std::all_of(to.begin(), to.end(), joins)) continue;
    std::erase_if(to, [&, from = from](std::size_t t) {
      const auto back = out.find(t);
      return joins(t) && back != out.end() && std::find(back->second.begin(), back->second.end(), from) != back->second.end();
    });
  }
}

finding ring_finding(const std::vector<std::size_t>& ring, const edges& out, const events::snapshot& s, const object_table& objects,
                     const lock_detector& locks, environment& env) {
  finding f;
  f.kind = finding_kind::partial_deadlock;
  const bool threads = std::any_of(ring.begin(), ring.end(), [&s](std::size_t i) { return s.goroutines[i].is_thread; });
  f.message = std::to_string(ring.size()) + (threads ? " goroutines and threads" : " goroutines") + " wait for one another for ever";
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const events::goroutine_view& g = s.goroutines[ring[i]];
    const std::size_t to = ring[(i + 1) % ring.size()];
    const events::goroutine_view& next = s.goroutines[to];
    f.parties.push_back(party_for(g, objects, env, &locks));
    const bool holds = waits_for_lock(g) && is_holder(g, next, objects, locks);
    f.notes.push_back(who(g) + " waits in " + waiting_text(g, objects) + ", " +
                      (holds ? holder_text(g, next, s, locks) : link_text(g, any_of(out.at(ring[i]), to, s))));
    if (!g.waits_on) continue;
    described_object& d = f.objects.emplace_back();
    d.what = objects.name(g.waits_on);
    if (const object* o = objects.find(g.waits_on)) d.created_at = env.frames_of(o->created_at.load(std::memory_order_relaxed));
  }
  return f;
}

// Those who wait for a lock or a call of the judged, or for all of whom they wait to be done, wait as long.
void add_those_behind(finding& f, const edges& out, const events::snapshot& s, const object_table& objects, const lock_detector& locks,
                      live::iset<events::actor_id>& judged) {
  auto is_judged = [&](std::size_t place) { return judged.contains(s.goroutines[place].id); };
  auto behind = [&](std::size_t from, const std::vector<std::size_t>& to) {
    const events::goroutine_view& g = s.goroutines[from];
    if (g.why == events::wait_reason::wait_group_wait) return std::all_of(to.begin(), to.end(), is_judged);
    return std::any_of(to.begin(), to.end(), [&](std::size_t t) { return is_judged(t) && is_holder(g, s.goroutines[t], objects, locks); });
  };
  for (bool more = true; more;) {
    more = false;
    for (const auto& [from, to] : out) {
      if (is_judged(from) || !behind(from, to)) continue;
      judged.insert(s.goroutines[from].id);
      f.notes.push_back(who(s.goroutines[from]) + " waits behind them in " + waiting_text(s.goroutines[from], objects));
      more = true;
    }
  }
}

}  // namespace

void report_partial_deadlocks(const events::snapshot& s, const std::vector<std::pair<std::size_t, std::size_t>>& waits_for,
                              const object_table& objects, const lock_detector& locks, environment& env,
                              live::iset<events::actor_id>& judged) {
  edges out;
  for (const auto& [from, to] : waits_for)
    if (from != to && !judged.contains(s.goroutines[from].id) && !judged.contains(s.goroutines[to].id)) out[from].push_back(to);
  drop_those_who_join(out, s);
  for (const auto& [start, unused] : out) {
    if (judged.contains(s.goroutines[start].id)) continue;
    const std::vector<std::size_t> ring = ring_through(start, out);
    if (ring.empty()) continue;
    finding f = ring_finding(ring, out, s, objects, locks, env);
    for (std::size_t place : ring) judged.insert(s.goroutines[place].id);
    add_those_behind(f, out, s, objects, locks, judged);
    env.report(std::move(f));
  }
}

}  // namespace gosan::sync
