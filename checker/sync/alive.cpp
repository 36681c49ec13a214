#include "sync/alive.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace gosan::sync {
namespace {

using events::goroutine_state;
using events::goroutine_view;

bool counts(const goroutine_view& g) {
  return !g.is_main && !g.daemon && !g.is_thread && g.state != goroutine_state::ended;
}

// Waits for nothing at all, which a program writes when its other goroutines are to run for ever.
bool means_to_stay(const goroutine_view& g) {
  return g.why == events::wait_reason::select_no_cases || g.why == events::wait_reason::chan_send_nil ||
         g.why == events::wait_reason::chan_recv_nil;
}

const char* state_word(const goroutine_view& g) {
  switch (g.state) {
    case goroutine_state::runnable: return "runnable";
    case goroutine_state::running: return "running";
    case goroutine_state::waiting: return "waiting";
    case goroutine_state::blocking: return "in a blocking call";
    case goroutine_state::ended: return "ended";
  }
  return "";
}

void describe_object(finding& f, events::object_id id, const object_table& objects, environment& env) {
  const object* o = objects.find(id);
  if (!o) return;
  described_object& d = f.objects.emplace_back();
  d.what = objects.name(id);
  d.created_at = env.frames_of(o->created_at.load(std::memory_order_relaxed));
}

// Who used the object's other end last, and what became of him.
void note_partner(finding& f, const goroutine_view& g, const object_table& objects, environment& env) {
  const object* o = objects.find(g.waits_on);
  if (!o || g.state != goroutine_state::waiting) return;
  const bool sends = g.why == events::wait_reason::chan_send;
  if (!sends && g.why != events::wait_reason::chan_recv) return;
  const events::actor_id other = (sends ? o->used.last_receiver : o->used.last_sender).load(std::memory_order_relaxed);
  const char* verb = sends ? "received from" : "sent on";
  if (!other) {
    f.notes.push_back(std::string("nobody ever ") + verb + " " + objects.name(g.waits_on));
    return;
  }
  const party p = env.party_of(other);
  const std::string name = p.name.empty() ? "" : " (" + p.name + ")";
  f.notes.push_back("the last to have " + std::string(sends ? "received from" : "sent on") + " it is goroutine " +
                    std::to_string(other) + name + ", now " + (p.state.empty() ? "unknown" : p.state));
}

std::string duration_text(std::uint64_t ns) {
  if (ns < 1'000'000) return "less than 1 ms";
  if (ns < 10'000'000'000) return std::to_string(ns / 1'000'000) + " ms";
  return std::to_string(ns / 1'000'000'000) + " s";
}

// Why nobody can wake it.
std::string reason(const goroutine_view& g, const events::snapshot& s, const object_table& objects, const lock_detector* locks) {
  switch (g.why) {
    case events::wait_reason::chan_send_nil:
    case events::wait_reason::chan_recv_nil: return "an operation on a nil channel never ends";
    case events::wait_reason::select_no_cases: return "a select without cases never ends";
    default: break;
  }
  if (const events::actor_id owner = locks ? locks->owner_of(g.waits_on) : 0)
    return objects.name(g.waits_on) + " is held by goroutine " + std::to_string(owner) + ", which will not unlock it any more";
  if (const events::actor_id caller = g.why == events::wait_reason::once_call ? objects.caller_of(g.waits_on) : 0)
    return objects.name(g.waits_on) + " is being called by goroutine " + std::to_string(caller) + ", which will not end that call any more";
  if (locks && object_table::kind_of(g.why) == object_kind::shared_lock)
    for (const goroutine_view& other : s.goroutines)
      if (locks->holds(other.id, g.waits_on))
        return objects.name(g.waits_on) + " is held for reading by goroutine " + std::to_string(other.id) + ", which will not unlock it any more";
  if (g.why == events::wait_reason::select) return "nothing that can still run can reach a channel of the select";
  return "nothing that can still run can reach " + objects.name(g.waits_on);
}

// Of a lock that is waited for: who holds it, and what he does now.
void add_holder(finding& f, const goroutine_view& g, const object_table& objects, environment& env, const verdicts& known,
                const lock_detector* locks) {
  const events::actor_id owner = locks && known.picture ? locks->owner_of(g.waits_on) : 0;
  if (!owner) return;
  for (const goroutine_view& other : known.picture->goroutines) {
    if (other.id != owner) continue;
    party& p = f.parties.emplace_back(party_for(other, objects, env, locks));
    p.role = "holds " + objects.name(g.waits_on) + "; " + p.role;
  }
}

finding leak_finding(const goroutine_view& g, const events::snapshot& s, std::uint64_t count, bool dead, const object_table& objects,
                     environment& env, const verdicts& known, const lock_detector* locks) {
  finding f;
  f.kind = finding_kind::goroutine_leak;
  f.grade = dead ? "proven" : known.stuck_ns ? "stuck" : "alive";
  f.count = count;
  f.parties.push_back(party_for(g, objects, env, locks));
  const bool waits = g.state == goroutine_state::waiting;
  f.message = (count == 1 ? "goroutine " + std::to_string(g.id) : std::to_string(count) + " goroutines") +
              (count == 1 ? " is" : " are") + " still " + (waits ? "waiting in " + waiting_text(g, objects) : state_word(g)) + " " +
              known.moment;
  if (!waits) return f;
  if (dead) f.message += ", and nobody can wake " + std::string(count == 1 ? "it" : "them");
  add_holder(f, g, objects, env, known, locks);
  describe_object(f, g.waits_on, objects, env);
  if (dead) f.notes.push_back(reason(g, s, objects, locks));
  note_partner(f, g, objects, env);
  f.notes.push_back("waiting for " + duration_text(g.waiting_ns));
  return f;
}

using group_key = std::tuple<bool, goroutine_state, events::wait_reason, std::uintptr_t, std::vector<std::uintptr_t>>;
group_key key_of(const goroutine_view& g, bool dead) { return {dead, g.state, g.why, g.created_at, g.stack}; }

}  // namespace

std::uint64_t wait_key(const events::snapshot& s, const goroutine_view& g) noexcept {
  return g.id * 0x9E3779B97F4A7C15u ^ (s.taken_ns - g.waiting_ns);
}

bool waits_for_somebody(const goroutine_view& g) noexcept {
  return g.state == goroutine_state::waiting && is_for_somebody(g.why);
}

bool is_for_somebody(events::wait_reason why) noexcept {
  switch (why) {
    case events::wait_reason::none: case events::wait_reason::sleep: case events::wait_reason::io_wait:
    case events::wait_reason::blocking: case events::wait_reason::run_main: return false;
    default: return true;
  }
}

bool may_end_by_itself(const goroutine_view& g) {
  return counts(g) && (g.state != goroutine_state::waiting || g.why == events::wait_reason::sleep);
}

std::string waiting_text(const goroutine_view& g, const object_table& objects) {
  std::string text{events::text(g.why)};
  if (g.waits_on) text += " on " + objects.name(g.waits_on);
  return text;
}

party party_for(const goroutine_view& g, const object_table& objects, environment& env, const lock_detector* locks) {
  party p = env.party_of(g.id);
  p.role = g.state == goroutine_state::waiting ? "blocked: " + waiting_text(g, objects) : state_word(g);
  p.goroutine = g.is_thread ? 0 : g.id;
  if (p.name.empty()) p.name = g.is_main ? "main" : g.name;
  p.state = g.state == goroutine_state::waiting ? std::string(events::text(g.why)) : state_word(g);
  p.stack = env.frames_of(g.stack);
  p.creator = g.creator;
  if (p.created_at.empty() && g.created_at) p.created_at = env.frames_of({&g.created_at, 1});
  if (locks) p.locks = locks->held_by(g.id);
  return p;
}

std::vector<finding> leaks_in(const events::snapshot& s, const object_table& objects, environment& env, const verdicts& known,
                              const lock_detector* locks) {
  std::map<group_key, std::pair<const goroutine_view*, std::uint64_t>> groups;
  for (std::size_t i = 0; i < s.goroutines.size(); ++i) {
    const goroutine_view& g = s.goroutines[i];
    const bool dead = std::binary_search(known.dead.begin(), known.dead.end(), i);
    const bool lost_main = known.main_too && g.is_main && dead && !means_to_stay(g);
    if (!(counts(g) || lost_main) || known.judged.contains(g.id) || (known.proven_only && !dead)) continue;
    if (!dead && known.told_waits.contains(wait_key(s, g))) continue;
    if (known.stuck_ns && (!waits_for_somebody(g) || g.waiting_ns < known.stuck_ns)) continue;
    if (known.scope && env.scope_of(g.id) != known.scope) continue;
    auto [group, fresh] = groups.try_emplace(key_of(g, dead), &g, 0);
    ++group->second.second;
  }
  std::vector<finding> out;
  for (const auto& [key, group] : groups)
    out.push_back(leak_finding(*group.first, s, group.second, std::get<0>(key), objects, env, known, locks));
  return out;
}

void report_all_asleep(const events::snapshot& s, const object_table& objects, environment& env, const lock_detector* locks) {
  std::vector<const goroutine_view*> all;
  for (const goroutine_view& g : s.goroutines)
    if (!g.is_thread && g.state == goroutine_state::waiting) all.push_back(&g);
  report_asleep(std::move(all), "all goroutines are asleep", objects, env, locks);
}

void report_asleep(std::vector<const goroutine_view*> order, std::string message, const object_table& objects, environment& env,
                   const lock_detector* locks) {
  finding f;
  f.kind = finding_kind::deadlock;
  f.message = std::move(message);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return std::pair(!a->is_main, a->id) < std::pair(!b->is_main, b->id); });
  for (const goroutine_view* g : order) {
    f.parties.push_back(party_for(*g, objects, env, locks));
    if (const events::actor_id owner = locks ? locks->owner_of(g->waits_on) : 0)
      f.notes.push_back("goroutine " + std::to_string(g->id) + " waits for " + objects.name(g->waits_on) + ", which goroutine " + std::to_string(owner) + " holds");
    describe_object(f, g->waits_on, objects, env);
  }
  env.report(std::move(f));
}

}  // namespace gosan::sync
