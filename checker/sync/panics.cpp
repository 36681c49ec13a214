#include "sync/panics.hpp"

#include <algorithm>

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

bool tells_misuse_by(events::actor_id g, std::span<const finding> findings) {
  return std::any_of(findings.begin(), findings.end(), [g](const finding& f) {
    const bool misuse = f.kind == finding_kind::send_on_closed || f.kind == finding_kind::close_of_closed ||
                        f.kind == finding_kind::wait_group_misuse || f.kind == finding_kind::double_lock;
    return misuse && f.parties.at(0).goroutine == g;
  });
}

}  // namespace gosan::sync
