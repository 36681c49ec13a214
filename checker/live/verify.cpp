// leaks() and verify_no_leaks() of gosan/verify.hpp in a recording program.
#include "gosan/verify.hpp"

#include <algorithm>
#include <mutex>

#include "live/actors.hpp"
#include "live/judge.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "report/symbols.hpp"

namespace gosan {
namespace {

bool mentions(const call_stack& stack, const std::vector<std::string>& names) {
  return std::any_of(stack.begin(), stack.end(), [&](const frame& f) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return f.function.find(n) != std::string::npos; });
  });
}

// The innermost frame that is not the runtime's.
call_stack top_of(const call_stack& stack) {
  for (const frame& f : stack)
    if (f.function.find("gosan::") == std::string::npos && f.file.find("gosan/") == std::string::npos) return {f};
  return {};
}

bool passed_over(const finding& f, const leak_options& o) {
  const party& p = f.parties.at(0);
  return std::find(o.ignore_name.begin(), o.ignore_name.end(), p.name) != o.ignore_name.end() ||
         mentions(top_of(p.stack), o.ignore_top_function) || mentions(p.stack, o.ignore_any_function) ||
         mentions(p.created_at, o.ignore_created_by);
}

bool by_function(const leak_options& o) {
  return !o.ignore_top_function.empty() || !o.ignore_any_function.empty() || !o.ignore_created_by.empty();
}

constinit live::spin_lock verified_lock;
std::vector<events::object_id>& verified() {  // guarded by it; never destroyed: the end of main looks here
  static auto* v = new std::vector<events::object_id>;
  return *v;
}

}  // namespace

void live::scope_was_verified(events::object_id scope) {
  if (!scope) return;
  const std::lock_guard hold(verified_lock);
  verified().push_back(scope);
}

live::iset<events::actor_id> live::left_of_verified_scopes() {
  const events::snapshot now = events::take_snapshot();
  live::iset<events::actor_id> left;
  const std::lock_guard hold(verified_lock);
  for (const events::goroutine_view& g : now.goroutines) {
    const events::object_id scope = actors::scope_of(g.id);
    if (scope && std::find(verified().begin(), verified().end(), scope) != verified().end()) left.insert(g.id);
  }
  return left;
}

std::vector<finding> leaks(const leak_options& o) {
  const events::actor_id me = live::current_actor();
  sync::verdicts known;
  known.judged.insert(me);
  known.judged.insert(o.ignore_goroutines.begin(), o.ignore_goroutines.end());
  known.scope = live::actors::scope_of(me);
  known.proven_only = o.proven_only;
  std::vector<finding> left =
      live::judge_now(static_cast<std::uint64_t>(o.settle.count()), known, known.scope ? "at the end of its test" : "at this moment");
  // Names are looked up only where they decide; a report looks them up anyway.
  if (by_function(o)) report::add_symbols(left);
  std::erase_if(left, [&](const finding& f) { return passed_over(f, o); });
  return left;
}

bool verify_no_leaks(const leak_options& o) {
  std::vector<finding> left = leaks(o);
  live::scope_was_verified(live::actors::scope_of(live::current_actor()));
  const bool none = left.empty();
  for (finding& f : left) live::report(std::move(f));
  return none;
}

}  // namespace gosan
