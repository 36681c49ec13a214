// Goroutines are judged: by a proof, by a picture of those that are left, or because all of them are asleep.
#include "live/judge.hpp"

#include <algorithm>

#include "events/snapshot.hpp"
#include "live/actors.hpp"
#include "live/books.hpp"
#include "live/detectors.hpp"
#include "live/judge_parts.hpp"
#include "live/live.hpp"
#include "live/report.hpp"
#include "live/settle.hpp"
#include "live/watch.hpp"
#include "live/world.hpp"
#include "options/options.hpp"
#include "sched/sched.hpp"
#include "sync/panics.hpp"
#include "trace/record/record.hpp"

namespace gosan::live {

proven prove_now(events::object_id scope) {
  const books b = the_books();
  return prove(b.objects, b.locks, b.waits, scope);
}

proven prove_or_look(events::object_id scope) {
  proven p = prove_now(scope);
  if (p.picture.goroutines.empty()) p.picture = events::take_snapshot();
  return p;
}

void report_rings(const proven& p, sync::verdicts& known) {
  if (!(detectors_on() & deadlock)) return;
  const books b = the_books();
  iset<events::actor_id> judged = known.judged;
  b.locks.judge_self_waits(p.picture, judged);
  sync::report_partial_deadlocks(p.picture, p.waits_for, b.objects, b.locks, b.env, judged);
  iset<events::actor_id> fresh;
  for (events::actor_id g : judged)
    if (!known.judged.contains(g)) fresh.insert(g);
  tell(fresh);
  known.judged = std::move(judged);
}

// Goroutines of other scopes are judged at the end of theirs. What earlier tests have left would draw this one's into rings that are none:
// old words on their stacks seem to lead to its channels.
void pass_over_others(const events::snapshot& s, sync::verdicts& known) {
  if (!known.scope) return;
  for (const events::goroutine_view& g : s.goroutines)
    if (actors::scope_of(g.id) != known.scope) known.judged.insert(g.id);
}

namespace {

std::vector<finding> leaks_of(const proven& p, const sync::verdicts& known) {
  const books b = the_books();
  return sync::leaks_in(p.picture, b.objects, b.env, known, &b.locks);
}

bool is_left_over(const events::goroutine_view& g, const sync::verdicts& known) {
  return !g.is_main && !g.daemon && !g.is_thread && g.state != events::goroutine_state::ended && !known.judged.contains(g.id);
}

bool leaves_some_open(const proven& p, const sync::verdicts& known) {
  for (std::size_t i = 0; i < p.picture.goroutines.size(); ++i)
    if (is_left_over(p.picture.goroutines[i], known) && !std::binary_search(p.dead.begin(), p.dead.end(), i)) return true;
  return false;
}

// Something may happen without anybody's doing: a timer may fire, or one has since the last look and what it started runs.
bool goes_on(const proven& p, const sync::verdicts& known) {
  const auto& all = p.picture.goroutines;
  return !p.picture.timer_args.empty() ||
         std::any_of(all.begin(), all.end(), [&](auto& g) { return is_left_over(g, known) && sync::may_end_by_itself(g); });
}

bool nobody_is_left(sync::verdicts& known) {
  const events::snapshot now = events::take_snapshot();
  pass_over_others(now, known);
  return std::none_of(now.goroutines.begin(), now.goroutines.end(), [&](const auto& g) { return is_left_over(g, known); });
}

}  // namespace

// First as if no timer could help: whom nobody can reach is not waited for. A picture must be gone before the proof: it knows
// every stack.
std::vector<finding> judge_now(std::uint64_t grace_ms, sync::verdicts known, std::string_view moment) {
  sync::verdicts at_once = known;
  at_once.proven_only = true;
  const std::uint64_t rest_ms = settle(grace_ms, at_once);
  if (known.scope && nobody_is_left(known)) return {};
  proven p = prove_or_look(known.scope);
  pass_over_others(p.picture, known);
  if (rest_ms && !known.proven_only && goes_on(p, known) && leaves_some_open(p, known)) {
    p = {};
    settle(rest_ms, known);
    p = prove_or_look(known.scope);
    pass_over_others(p.picture, known);
  }
  report_rings(p, known);
  known.dead = std::move(p.dead);
  known.moment = moment;
  return leaks_of(p, known);
}

namespace {

// Of a proof that is complete: the rings, then the leaks. Returns who is in one, with those judged before.
live::iset<events::actor_id> report_dead(proven p, sync::verdicts known, std::string_view moment) {
  live::iset<events::actor_id> told = known.judged;
  for (std::size_t place : p.dead) told.insert(p.picture.goroutines[place].id);
  report_rings(p, known);
  known.dead = std::move(p.dead);
  known.moment = moment;
  told.insert(known.judged.begin(), known.judged.end());
  if (detectors_on() & leak)
    for (finding& f : leaks_of(p, known)) live::report(std::move(f));
  return told;
}

bool all_dead(const proven& p) {
  const auto goroutines = std::count_if(p.picture.goroutines.begin(), p.picture.goroutines.end(), [](auto& g) { return !g.is_thread; });
  return static_cast<std::size_t>(goroutines) == p.dead.size();
}

constinit std::atomic<bool> hang_told{false};

}  // namespace

live::iset<events::actor_id> report_proven(sync::verdicts known, std::string_view moment) {
  proven p = prove_now();
  return p.complete ? report_dead(std::move(p), std::move(known), moment) : live::iset<events::actor_id>{};
}

live::iset<events::actor_id> report_if_main_is_dead(sync::verdicts known, bool& nothing_left) {
  const bool only_goroutines_act = !rt::foreign_thread_may_act();  // before the proof: one may act, and end, behind it
  proven p = prove_now();
  const auto& all = p.picture.goroutines;
  const auto main = std::find_if(p.dead.begin(), p.dead.end(), [&](std::size_t place) { return all[place].is_main; });
  if (!p.complete || main == p.dead.end()) return {};
  nothing_left = only_goroutines_act && all_dead(p) && p.picture.timers_only_send;
  known.main_too = true;
  const events::actor_id id = all[*main].id;
  const std::uint64_t before = findings::count();
  live::iset<events::actor_id> told = report_dead(std::move(p), std::move(known), "while main can never go on");
  hang_told.store(findings::count() != before);
  told.insert(id);
  return told;
}

void report_before_the_end(sync::verdicts known, std::string_view moment) {
  proven p = prove_now();
  if (!p.complete) return;
  known.main_too = std::any_of(p.dead.begin(), p.dead.end(), [&](std::size_t place) { return p.picture.goroutines[place].is_main; });
  report_dead(std::move(p), std::move(known), moment);
}

void judge_end_of_main() {
  if (!(detectors_on() & (leak | deadlock))) return;
  stop_watching();
  if (detectors_on() & lock_order) the_books().locks.judge_channels();
  sync::verdicts known;
  known.judged = left_of_verified_scopes();
  add_told(known);
  std::vector<finding> left = judge_now(process_options().leak_grace, std::move(known), "when main has returned");
  // Meanwhile a panic or exit() has stopped the scheduling: who could not go on because of that is no leak.
  if (rt::exiting() || !(detectors_on() & leak)) return;
  for (finding& f : left) live::report(std::move(f));
}

void judge_deadlock() {
  if (ring_of_threads_told() || hang_told.load()) return;
  trace::record({.what = events::kind::stop});  // who waits for a timer would look the same in a trace
  if (!(detectors_on() & deadlock)) return;
  const events::snapshot s = events::take_snapshot();
  live::iset<events::actor_id> judged;
  const books b = the_books();
  sync::report_all_asleep(s, b.objects, b.env, &b.locks);
  b.locks.judge_self_waits(s, judged);
}

void judge_panic(std::string_view what) {
  thrown panic = last_panic();
  if (!panic.by) panic.by = current_actor();
  const books b = the_books();
  if (!b.misuse.is_misuser(panic.by)) live::report(sync::panic_finding(panic.by, panic.at, what, b.env));
}

}  // namespace gosan::live
