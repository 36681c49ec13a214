#include "live/rings.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "events/snapshot.hpp"
#include "live/actors.hpp"
#include "live/books.hpp"
#include "live/detectors.hpp"
#include "live/os_waits.hpp"
#include "live/watch.hpp"
#include "sched/sched.hpp"
#include "sync/alive.hpp"

namespace gosan::live {
namespace {

constexpr std::size_t longest = 64;

struct wait {
  events::actor_id g, next;  // next: who holds what g waits for
  std::uint32_t number;
  bool operator==(const wait&) const = default;
};
using ring = std::vector<wait>;

constinit std::atomic<bool> told{false};

std::optional<wait> wait_of(events::actor_id g) {
  const activity now = actors::activity_of(g);
  if (now.state != actor_state::waiting) return {};
  if (now.why == events::wait_reason::thread_wait) return wait{g, now.waits_on, now.wait};
  if (!sync::is_lock(sync::object_table::kind_of(now.why))) return {};
  const events::actor_id next = the_books().locks.owner_of(now.waits_on);
  if (!next) return {};
  return wait{g, next, now.wait};
}

// The ring that the waits from g lead into, its smallest member first; empty when they end.
ring ring_from(events::actor_id g) {
  ring path;
  while (path.size() < longest) {
    const auto again = std::find_if(path.begin(), path.end(), [g](const wait& w) { return w.g == g; });
    if (again != path.end()) {
      path.erase(path.begin(), again);
      std::rotate(path.begin(), std::min_element(path.begin(), path.end(), [](auto& a, auto& b) { return a.g < b.g; }), path.end());
      return path;
    }
    const auto w = wait_of(g);
    if (!w) return {};
    path.push_back(*w);
    g = w->next;
  }
  return {};
}

events::goroutine_view view_of(events::actor_id g) {
  const actor& a = *actors::find(g);
  const activity now = actors::activity_of(g);
  events::goroutine_view v;
  v.id = g;
  v.state = events::goroutine_state::waiting;
  v.why = now.why;
  if (v.why != events::wait_reason::thread_wait) v.waits_on = now.waits_on;  // that is an actor
  v.is_thread = a.thread.load(relaxed);
  v.creator = a.creator.load(relaxed);
  const auto stack = stack_of(actors::parked_at(g));
  v.stack.assign(stack.begin(), stack.end());
  return v;
}

void report_ring(const ring& r) {
  events::snapshot s;
  std::vector<std::pair<std::size_t, std::size_t>> waits_for;
  for (std::size_t i = 0; i < r.size(); ++i) {
    s.goroutines.push_back(view_of(r[i].g));
    waits_for.emplace_back(i, (i + 1) % r.size());
  }
  const books b = the_books();
  iset<events::actor_id> judged;
  if (r.size() == 1) b.locks.judge_self_waits(s, judged);
  else sync::report_partial_deadlocks(s, waits_for, b.objects, b.locks, b.env, judged);
}

// Those who wait in the ring or behind it, by the kind of thread that they stop.
struct stuck {
  std::uint32_t workers = 0, threads = 0;
};
stuck all_behind(const ivector<events::actor_id>& waiting) {
  stuck n;
  for (events::actor_id g : waiting)
    if (!ring_from(g).empty()) ++(actors::find(g)->thread.load(relaxed) ? n.threads : n.workers);
  return n;
}

}  // namespace

bool ring_of_threads_told() noexcept { return told.load(); }

iset<events::actor_id> look_for_rings() {
  static std::vector<ring>* before = new std::vector<ring>;
  static std::vector<ring>* reported = new std::vector<ring>;
  iset<events::actor_id> members;
  if (!os_waits::any() || !(detectors_on() & deadlock)) return before->clear(), members;
  auto has = [](const std::vector<ring>& all, const ring& r) { return std::find(all.begin(), all.end(), r) != all.end(); };
  const ivector<events::actor_id> waiting = os_waits::all();
  std::vector<ring> now;
  for (events::actor_id g : waiting)
    if (ring r = ring_from(g); !r.empty() && !has(now, r)) now.push_back(std::move(r));
  for (const ring& r : now) {
    if (!has(*before, r) || has(*reported, r)) continue;
    report_ring(r);
    reported->push_back(r);
    told.store(true);
  }
  for (const ring& r : *reported)
    for (const wait& w : r) members.insert(w.g);
  *before = std::move(now);
  if (const stuck n = all_behind(waiting); told.load() && n.workers + n.threads) rt::look_for_deadlock_but(n.workers, n.threads);
  return members;
}

}  // namespace gosan::live
