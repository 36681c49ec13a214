// leaks() of the plain library: from the runtime's own list of goroutines, grade "alive", without scopes and symbols. The recording
// library's are in checker/live/verify.cpp.
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "events/sink.hpp"
#include "events/snapshot.hpp"
#include "gosan/verify.hpp"
#include "sched/sched.hpp"

namespace gosan {

leak_options& leak_options::ignore_current() {
  for (const events::goroutine_view& g : events::take_snapshot().goroutines) ignore_goroutines.push_back(g.id);
  return *this;
}

#ifndef GOSAN_RECORDING

namespace {

bool passed_over(const events::goroutine_view& g, const leak_options& o) {
  auto has = [](const auto& list, const auto& value) { return std::find(list.begin(), list.end(), value) != list.end(); };
  return g.is_main || g.daemon || g.is_thread || g.id == rt::id_of(rt::self()) || g.state == events::goroutine_state::ended ||
         has(o.ignore_goroutines, g.id) || has(o.ignore_name, g.name);
}

call_stack frames(const std::vector<std::uintptr_t>& pcs) {
  call_stack out;
  for (std::uintptr_t pc : pcs) out.emplace_back().pc = pc;
  return out;
}

std::vector<finding> alive_now(const leak_options& o) {
  std::vector<finding> out;
  for (const events::goroutine_view& g : events::take_snapshot().goroutines) {
    if (passed_over(g, o)) continue;
    finding& f = out.emplace_back();
    f.kind = finding_kind::goroutine_leak;
    f.grade = "alive";
    const std::string state = g.state == events::goroutine_state::waiting ? std::string(events::text(g.why)) : "running";
    f.message = "goroutine " + std::to_string(g.id) + " is still alive: " + state;
    party& p = f.parties.emplace_back();
    p.role = p.state = state;
    p.goroutine = g.id, p.name = g.name, p.creator = g.creator;
    p.stack = frames(g.stack);
    if (g.created_at) p.created_at = frames({g.created_at});
  }
  return out;
}

}  // namespace

std::vector<finding> leaks(const leak_options& o) {
  if (o.proven_only) return {};  // a proof needs the recording library
  const auto until = rt::clock::now() + o.settle;
  for (;;) {
    std::vector<finding> left = alive_now(o);
    if (left.empty() || rt::clock::now() >= until) return left;
    rt::yield();
    const timespec t{0, 200'000};
    nanosleep(&t, nullptr);
  }
}

bool verify_no_leaks(const leak_options& o) { return leaks(o).empty(); }

bool start_trace(const char*) noexcept { return errno = ENOSYS, false; }
void stop_trace() noexcept {}

#endif

}  // namespace gosan
