#include "sync/panics.hpp"

namespace gosan::sync {

finding panic_finding(events::actor_id g, events::stack_id thrown_at, std::string_view what, environment& env) {
  finding f;
  f.kind = finding_kind::unhandled_panic;
  party& p = f.parties.emplace_back(env.party_of(g));
  p.role = "throws";
  p.stack = env.frames_of(thrown_at);
  const std::string who = p.name.empty() ? "goroutine " + std::to_string(g) : "goroutine " + std::to_string(g) + " (" + p.name + ")";
  f.message = "unhandled panic in " + who + ": " + std::string(what);
  return f;
}

}  // namespace gosan::sync
