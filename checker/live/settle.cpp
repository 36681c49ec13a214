#include "live/settle.hpp"

#include <time.h>

#include <algorithm>

#include "live/actors.hpp"
#include "gosan/go.hpp"
#include "sched/sched.hpp"
#include "sync/alive.hpp"

namespace gosan::live {
namespace {

constexpr std::uint64_t longest_step_us = 50'000;  // every look stops the world

// Not a goroutine's sleep: that is a timer, which would seem to wake those who are looked at.
void pause(std::uint64_t us) {
  const timespec t{0, static_cast<long>(us * 1000)};
  if (rt::is_thread(rt::self())) return void(nanosleep(&t, nullptr));
  rt::yield();                             // its processor may be the only one
  blocking([&t] { nanosleep(&t, nullptr); });  // others stop the world meanwhile
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

std::uint64_t settle(std::uint64_t grace_ms, const sync::verdicts& known) {
  auto counts = [&known](const events::goroutine_view& g) {
    return !known.judged.contains(g.id) && (!known.scope || actors::scope_of(g.id) == known.scope);
  };
  if (!grace_ms) return 0;  // no look is needed to wait for nobody
  const std::uint64_t grace_us = grace_ms * 1000;
  std::uint64_t waited_us = 0;
  for (std::uint64_t step_us = 50;; step_us = std::min(step_us * 2, longest_step_us)) {
    const events::snapshot s = events::take_snapshot();
    // A timer that is armed may wake whoever is left, directly or by what it makes others do.
    const bool timed = !s.timer_args.empty() && !known.proven_only;
    auto moves = [&](const events::goroutine_view& g) {
      return counts(g) && (sync::may_end_by_itself(g) || (timed && waits(g)));
    };
    const std::uint64_t rest_ms = (grace_us - std::min(grace_us, waited_us)) / 1000;
    if (std::none_of(s.goroutines.begin(), s.goroutines.end(), moves)) return rest_ms;
    const bool starved = std::any_of(s.goroutines.begin(), s.goroutines.end(), [&](auto& g) { return moves(g) && may_be_starved(g); });
    if (waited_us >= grace_us * (starved ? starved_factor : 1)) return rest_ms;
    pause(step_us);
    waited_us += step_us;
  }
}

}  // namespace gosan::live
