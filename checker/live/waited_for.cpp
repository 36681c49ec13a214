// A goroutine is judged for somebody who waits for it: by a proof, or because all the others are asleep.
#include <algorithm>
#include <iterator>

#include "events/snapshot.hpp"
#include "live/actors.hpp"
#include "live/books.hpp"
#include "live/detectors.hpp"
#include "live/judge.hpp"
#include "live/judge_parts.hpp"
#include "live/live.hpp"
#include "sched/sched.hpp"

namespace gosan::live {
namespace {

// Nobody wakes it but another one of the program. The thread in run() is woken by the main goroutine.
bool needs_another(const events::goroutine_view& g) {
  return sync::waits_for_somebody(g) || (g.state == events::goroutine_state::waiting && g.why == events::wait_reason::run_main);
}

struct standing {
  events::actor_id g;
  events::goroutine_state state;
  events::object_id waits_on;
  std::uint64_t since_ns;
  bool operator==(const standing&) const = default;
};

// What is kept of a moment while a proof is made: a picture would know every stack, and nothing could be proven.
struct moment {
  bool g_waits = false;         // for somebody
  bool only_one_can_act = false;
  std::vector<standing> others;  // in the order of ids
};

moment look(const events::snapshot& s, events::actor_id g, events::actor_id who) {
  moment m;
  m.only_one_can_act = s.timer_args.empty();
  for (const events::goroutine_view& v : s.goroutines) {
    if (v.id == g) m.g_waits = sync::waits_for_somebody(v);
    if (v.id == who || v.state == events::goroutine_state::ended) continue;
    if (!needs_another(v)) m.only_one_can_act = false;
    m.others.push_back({v.id, v.state, v.waits_on, s.taken_ns - v.waiting_ns});
  }
  return m;
}

using views = std::vector<const events::goroutine_view*>;

// Those of g's scope that can never go on.
views dead_beside(const proven& p, events::actor_id g, bool asleep) {
  views dead;
  for (std::size_t i = 0; i < p.picture.goroutines.size(); ++i) {
    const events::goroutine_view& v = p.picture.goroutines[i];
    const bool is_dead = asleep ? needs_another(v) : std::find(p.dead.begin(), p.dead.end(), i) != p.dead.end();
    if (is_dead && !v.daemon && !v.is_thread && actors::scope_of(v.id) == actors::scope_of(g)) dead.push_back(&v);
  }
  return dead;
}

// As rings where there are some; g, if it is in none, with the others that are in none.
void report_dead(const proven& p, events::actor_id g, const views& dead) {
  if (!(detectors_on() & deadlock)) return;
  sync::verdicts known;
  known.scope = actors::scope_of(g);
  pass_over_others(p.picture, known);
  report_rings(p, known);
  if (known.judged.contains(g)) return;
  views rest;
  std::copy_if(dead.begin(), dead.end(), std::back_inserter(rest), [&](const auto* v) { return !known.judged.contains(v->id); });
  const books b = the_books();
  sync::report_asleep(std::move(rest), "the test can never go on", b.objects, b.env, &b.locks);
}

}  // namespace

std::vector<events::actor_id> judge_waited_for(events::actor_id g) {
  const events::actor_id me = current_actor();
  const moment before = look(events::take_snapshot(), g, me);
  if (!before.g_waits) return {};
  const bool nobody_from_outside = before.only_one_can_act && !rt::foreign_thread_may_act();
  const proven p = prove_or_look(actors::scope_of(g));
  const moment now = look(p.picture, g, me);
  // Without a proof: nobody can act at the one moment and nobody has at the other, so that nobody can have come in between either.
  const bool asleep = nobody_from_outside && now.only_one_can_act && before.others == now.others;
  const views dead = dead_beside(p, g, asleep);
  std::vector<events::actor_id> ids;
  for (const auto* v : dead) ids.push_back(v->id);
  if (std::find(ids.begin(), ids.end(), g) == ids.end()) return {};
  report_dead(p, g, dead);
  return ids;
}

}  // namespace gosan::live
