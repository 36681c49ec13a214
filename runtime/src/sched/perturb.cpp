#include "sched/perturb.hpp"

#include "sched/scheduler.hpp"

namespace gosan::rt {

const bool perturbing = process_options().perturb != 0;

namespace {

using std::chrono::microseconds;

// Relaxed throughout: numbers and a flag, nothing is published through them.
constexpr auto relaxed = std::memory_order_relaxed;
constinit std::atomic<bool> ended{false};
constinit std::atomic<std::int64_t> nap_budget_us{400'000};  // of the process

bool active() noexcept { return perturbing && !ended.load(relaxed); }

std::uint64_t mix(std::uint64_t x) noexcept {  // splitmix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint32_t scaled(std::uint64_t x, std::uint32_t n) noexcept { return static_cast<std::uint32_t>((x >> 32) * n >> 32); }

std::uint64_t seeded(std::uint64_t salt) noexcept {
  return mix(process_options().perturb * 0xD1342543DE82EF95ULL + salt * 0x9E3779B97F4A7C15ULL);
}

// One generator for the process: with one processor the same seed gives the same draws in the same order.
std::uint32_t draw(std::uint32_t n) noexcept {
  static constinit std::atomic<std::uint64_t> count{0};
  return scaled(seeded(count.fetch_add(1, relaxed)), n);
}

struct character {
  std::uint32_t yield_one_in, slow_of_eight, new_last_of_four, nap_one_in, late_of_eight;
  bool main_slow;
};

const character& drawn() noexcept {
  static const character c = [] {
    constexpr std::uint64_t salt = 1ULL << 40;  // away from the generator's counts
    constexpr std::uint32_t yields[] = {4, 8, 16}, slow[] = {0, 1, 2, 4}, last[] = {0, 1, 2, 4}, naps[] = {2, 4, 8},
                            late[] = {0, 0, 0, 1, 2};
    return character{yields[scaled(seeded(salt), 3)], slow[scaled(seeded(salt + 1), 4)], last[scaled(seeded(salt + 2), 4)],
                     naps[scaled(seeded(salt + 3), 3)], late[scaled(seeded(salt + 5), 5)], scaled(seeded(salt + 4), 3) == 0};
  }();
  return c;
}

bool is_slow(const goroutine* g) noexcept {
  if (g->is_main) return drawn().main_slow;
  constexpr std::uint64_t salt = 1ULL << 41;
  return scaled(seeded(salt + g->id), 8) < drawn().slow_of_eight;
}

// Mostly short, seldom some milliseconds: each size as likely as the next.
microseconds nap_length() noexcept { return microseconds(20u << draw(9)); }

void nap(goroutine* g, microseconds length) noexcept {
  if (nap_budget_us.fetch_sub(length.count(), relaxed) < length.count()) return yield();
  timer alarm;  // on this stack: its last use is the ready() that ends the wait
  alarm.when = clock::now() + length;
  alarm.arg = g;
  alarm.fire = [](timer*, void* sleeper) noexcept { ready(static_cast<goroutine*>(sleeper)); };
  park(events::wait_reason::sleep, 0, [](goroutine*, void* a) { return timer_start(static_cast<timer*>(a)), true; }, &alarm);
}

// The goroutine that runs here; null on a thread's own stack, which is never delayed.
goroutine* delayable() noexcept {
  worker* w = this_worker();
  return w ? w->current() : nullptr;
}

void disturb(std::uint32_t yield_one_in, std::uint32_t nap_one_in) noexcept {
  goroutine* g = active() ? delayable() : nullptr;
  if (!g) return;
  if (is_slow(g) && draw(nap_one_in) == 0) return nap(g, nap_length());
  if (draw(yield_one_in) == 0) yield();
}

}  // namespace

// Some goroutines start when much of the program is over: what they were to see, or be told, has been.
bool start_late() noexcept {
  goroutine* g = active() && drawn().late_of_eight ? delayable() : nullptr;
  if (!g || g->is_main || draw(8) >= drawn().late_of_eight) return false;
  for (std::uint32_t pieces = 2u << 2 * draw(4); pieces && active(); --pieces) nap(g, microseconds(5'000));
  return true;
}

bool perturbed_placing() noexcept { return active() && draw(4) == 0; }
bool perturbed_placing_of_new() noexcept { return active() && draw(4) < drawn().new_last_of_four; }

void preempt_point() noexcept {
  if (perturbing) disturb(drawn().yield_one_in, 4 * drawn().nap_one_in);
}
void perturb_start() noexcept {
  if (!start_late()) disturb(4, drawn().nap_one_in);
}
void perturb_spawn() noexcept { disturb(4, 2 * drawn().nap_one_in); }
void perturb_wake() noexcept { disturb(4, 2 * drawn().nap_one_in); }
void end_perturbing() noexcept { ended.store(true, relaxed); }

std::uint32_t choose(std::uint32_t n) noexcept {
  if (active()) return draw(n);
  section in;
  if (processor* p = in.proc()) return p->draw(n);
  static constinit std::atomic<std::uint64_t> count{0};
  return static_cast<std::uint32_t>((count.fetch_add(0x9E3779B97F4A7C15ULL, std::memory_order_relaxed) >> 32) * n >> 32);
}

}  // namespace gosan::rt
