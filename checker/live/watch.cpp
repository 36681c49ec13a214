#include "live/watch.hpp"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <utility>

#include "live/actors.hpp"
#include "live/detectors.hpp"
#include "live/judge.hpp"
#include "live/limits.hpp"
#include "live/own_thread.hpp"
#include "live/rings.hpp"
#include "live/spin_lock.hpp"
#include "live/world.hpp"
#include "options/options.hpp"
#include "sched/run.hpp"
#include "sched/sched.hpp"

namespace gosan::live {
namespace {

constexpr std::uint64_t ms = 1'000'000, ring_ns = 100 * ms, main_ns = 250 * ms;

constinit std::atomic<bool> stopped{false}, looking{false}, asked{false};
constinit spin_lock told_lock;
live::iset<events::actor_id>& told() {  // guarded by it; never destroyed
  static auto* s = new (internal_alloc(sizeof(live::iset<events::actor_id>))) live::iset<events::actor_id>;
  return *s;
}

std::uint64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

void look_for_proofs() {
  sync::verdicts known;
  known.proven_only = true;
  {
    const std::lock_guard hold(told_lock);
    known.judged = told();
  }
  tell(report_proven(std::move(known), "while the program runs"));
}

// The main goroutine has been in one wait for a second: perhaps for ever, while a ticker nobody receives from keeps the program from
// being all asleep. Looked at after 1 s, 2 s, 4 s and so on of the same wait, or after as many times as long when many are alive.
void look_at_main() {
  static std::uint32_t wait = 0;
  static bool waits = false;
  static std::uint64_t since = 0, times = 1;
  const activity main = actors::activity_of(rt::main_goroutine());
  if (main.state != actor_state::waiting || !sync::is_for_somebody(main.why)) return void(waits = false);
  const std::uint64_t now = now_ns();
  if (!std::exchange(waits, true) || main.wait != wait) wait = main.wait, since = now, times = 1;
  if (now - since < times * patience_with_main_ns(static_cast<std::uint64_t>(rt::live_goroutines()))) return;
  times *= 2;
  sync::verdicts known;
  known.proven_only = true;
  known.judged = left_of_verified_scopes();
  {
    const std::lock_guard hold(told_lock);
    known.judged.insert(told().begin(), told().end());
  }
  bool nothing_left = false;
  tell(report_if_main_is_dead(std::move(known), nothing_left));
  if (nothing_left) rt::end_as_asleep_but_for_timers();
}

// One thing to do every so often; never when the period is 0.
struct duty {
  std::uint64_t period_ns;
  void (*look)();
  std::uint64_t due = 0;
};

std::uint64_t least(std::uint64_t a, std::uint64_t b) { return !a ? b : !b ? a : std::min(a, b); }

void look_at_rings() { tell(look_for_rings()); }
void look_at_limits() { look_for_too_long(process_options().stuck * ms, process_options().lock_limit * ms); }

void round(duty* duties, std::size_t n) {
  for (duty* d = duties; d != duties + n; ++d) {
    if (!d->period_ns || now_ns() < d->due) continue;
    if (d->due) d->look();
    d->due = now_ns() + d->period_ns;
  }
  if (asked.exchange(false)) look_for_proofs();
}

void* watch_main(void*) {
  const rt::tools_thread mine;
  pthread_setname_np(pthread_self(), "gosan-watch");
  const options& o = process_options();
  const std::uint64_t limit = least(o.stuck, o.lock_limit) * ms / 4;
  duty duties[] = {{ring_ns, look_at_rings}, {main_ns, look_at_main}, {o.leak_interval * ms, look_for_proofs}, {limit, look_at_limits}};
  const std::uint64_t pause = std::max<std::uint64_t>(least(least(o.leak_interval * ms, limit), ring_ns) / 2, ms);
  const timespec t{static_cast<time_t>(pause / 1'000'000'000), static_cast<long>(pause % 1'000'000'000)};
  for (;;) {
    nanosleep(&t, nullptr);  // a signal that asks ends it early
    looking.store(true);  // seq_cst, then the look at `stopped`; stop_watching() does it the other way round [WATCH]
    if (stopped.load() || !accepting.load() || rt::exiting()) return looking.store(false), nullptr;
    round(duties, std::size(duties));
    looking.store(false);
  }
}

void listen_to(int signal) {
  struct sigaction ours {};
  ours.sa_handler = [](int) { asked.store(true); };
  ours.sa_flags = SA_RESTART | SA_ONSTACK;
  if (sigaction(signal, &ours, nullptr) != 0) std::fprintf(stderr, "gosan: leak_signal=%d is not a signal that can be caught\n", signal);
}

}  // namespace

void start_watching() noexcept {
  if (!(detectors_on() & (leak | deadlock))) return;
  if (const std::uint64_t signal = process_options().leak_signal) listen_to(static_cast<int>(signal));
  if (!start_own_thread(watch_main, nullptr)) std::fprintf(stderr, "gosan: no thread for the watchdog: %s\n", std::strerror(errno));
}

void stop_watching() noexcept {
  stopped.store(true);  // [WATCH]
  while (looking.load()) {
    if (!rt::is_thread(rt::self())) rt::yield();  // the look may stop the world, this worker with it
    const timespec t{0, 200'000};
    nanosleep(&t, nullptr);
  }
}

void tell(const iset<events::actor_id>& more) {
  const std::lock_guard hold(told_lock);
  told().insert(more.begin(), more.end());
}

void add_told(sync::verdicts& known) {
  const std::lock_guard hold(told_lock);
  known.judged.insert(told().begin(), told().end());
  add_told_waits(known.told_waits);
}

}  // namespace gosan::live
