#include "live/watch.hpp"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

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
#include "sched/worker.hpp"

namespace gosan::live {
namespace {

constexpr std::uint64_t ms = 1'000'000, ring_ns = 100 * ms, main_ns = 250 * ms;

constinit std::atomic<bool> stopped{false}, looking{false}, asked{false}, there{false};

// The look before the end, asked for in a signal handler and done by the watchdog; seq_cst. `ask_again` is a signal to send to the process.
enum class last_look { none, asked, done };
constinit std::atomic<last_look> last{last_look::none};
constinit std::atomic<int> ask_again{0};
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

sync::verdicts all_that_is_known() {
  sync::verdicts known;
  known.proven_only = true;
  known.judged = left_of_verified_scopes();
  add_told(known);
  return known;
}

void look_for_the_last_time() {
  report_before_the_end(all_that_is_known(), "when the program was told to end");
  last.store(last_look::done);
}

// Whether the world can be stopped while this thread stays in a signal's handler.
bool can_stay_here() noexcept {
  const rt::worker* w = rt::this_worker();
  if (!w || w->resting.load() != static_cast<std::uint32_t>(rt::rest::none)) return true;
  const rt::goroutine* g = w->running.load(std::memory_order_acquire);  // [RUNNING]
  if (g && g->in_blocking.load()) return true;
  return w->in_runtime.load() == 0 && w->stop_guards.load() == 0;
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
  bool nothing_left = false;
  tell(report_if_main_is_dead(all_that_is_known(), nothing_left));
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
    if (stopped.load() || !accepting.load() || rt::exiting()) break;
    round(duties, std::size(duties));
    if (last.load() == last_look::asked) look_for_the_last_time();
    if (const int signal = ask_again.exchange(0)) kill(getpid(), signal);
    looking.store(false);
  }
  there.store(false);
  looking.store(false);
  return nullptr;
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
  there.store(true);
  if (start_own_thread(watch_main, nullptr)) return;
  there.store(false);
  std::fprintf(stderr, "gosan: no thread for the watchdog: %s\n", std::strerror(errno));
}

bool look_before_the_end(int signal) noexcept {
  if (!there.load() || stopped.load()) return true;
  if (!can_stay_here()) return ask_again.store(signal), false;
  if (last_look expected = last_look::none; !last.compare_exchange_strong(expected, last_look::asked)) return false;
  const std::uint64_t until = now_ns() + 2000 * ms;
  while (last.load() != last_look::done && there.load() && now_ns() < until) {
    const timespec t{0, static_cast<long>(ms)};
    nanosleep(&t, nullptr);
  }
  return true;
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
