#include "live/settle.hpp"

#include <time.h>

#include <algorithm>

#include "live/actors.hpp"
#include "sched/sched.hpp"
#include "sync/alive.hpp"

namespace gosan::live {
namespace {

void pause(std::uint64_t us) {
  const timespec t{0, static_cast<long>(us * 1000)};
  nanosleep(&t, nullptr);
}

bool waits(const events::goroutine_view& g) {
  return g.state == events::goroutine_state::waiting && !g.is_main && !g.daemon && !g.is_thread;
}

// Who has a processor, or waits for one, may not have had the time: on a busy machine each look can come before it got any further. The
// factor bounds what a goroutine that computes or yields for ever costs.
constexpr std::uint64_t starved_factor = 10;

bool may_be_starved(const events::goroutine_view& g) {
  return g.state == events::goroutine_state::runnable || g.state == events::goroutine_state::running;
}

}  // namespace

void settle(std::uint64_t grace_ms, const sync::verdicts& known) {
  auto counts = [&known](const events::goroutine_view& g) {
    return !known.judged.contains(g.id) && (!known.scope || actors::scope_of(g.id) == known.scope);
  };
  std::uint64_t waited_us = 0;
  for (std::uint64_t step_us = 50;; step_us = std::min<std::uint64_t>(step_us * 2, 10000)) {
    const events::snapshot s = events::take_snapshot();
    // A timer that is armed may wake whoever is left, directly or by what it makes others do.
    const bool timed = !s.timer_args.empty() && !known.proven_only;
    auto moves = [&](const events::goroutine_view& g) {
      return counts(g) && (sync::may_end_by_itself(g) || (timed && waits(g)));
    };
    if (std::none_of(s.goroutines.begin(), s.goroutines.end(), moves)) return;
    const bool starved = std::any_of(s.goroutines.begin(), s.goroutines.end(), [&](auto& g) { return moves(g) && may_be_starved(g); });
    if (waited_us >= grace_ms * 1000 * (starved ? starved_factor : 1)) return;
    if (!rt::is_thread(rt::self())) rt::yield();  // its processor may be the only one
    pause(step_us);
    waited_us += step_us;
  }
}

}  // namespace gosan::live
