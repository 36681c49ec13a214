#include "sched/lock.hpp"

#include "machine/instructions.hpp"
#include "sched/die.hpp"
#include "sched/futex.hpp"

namespace gosan::rt {

void lock::acquire_slow() noexcept {
  for (int i = 0; i < 100; ++i) {
    std::uint32_t expected = free;
    if (word_.load(std::memory_order_relaxed) == free &&
        word_.compare_exchange_weak(expected, held, std::memory_order_acquire, std::memory_order_relaxed))  // [LOCK]
      return;
    machine::cpu_relax();
  }
  // Who has slept takes the lock as `contended`: it cannot know whether others still sleep.
  while (word_.exchange(contended, std::memory_order_acquire) != free) futex_wait(&word_, contended);  // [LOCK]
}

#if GOSAN_CHECK_LOCK_ORDER
namespace {

// A bit per rank this thread holds. A switch never happens with one held, so the thread is the right owner.
__attribute__((tls_model("initial-exec"))) constinit thread_local std::uint32_t held_ranks = 0;

constexpr const char* rank_names[] = {
#define GOSAN_LOCK(rank, guards) "lock order broken: '" #rank "' taken while it or a later one is held",
#include "sched/lock_order.def"
#undef GOSAN_LOCK
};

}  // namespace

[[gnu::noinline]] void lock::check_order() noexcept {
  const auto mine = static_cast<unsigned>(rank_);
  if (held_ranks >> mine) die(rank_names[mine]);
  held_ranks |= 1u << mine;
}

[[gnu::noinline]] void lock::forget_order() noexcept { held_ranks &= ~(1u << static_cast<unsigned>(rank_)); }
#endif

void lock::wake_one() noexcept { futex_wake(&word_, 1); }

}  // namespace gosan::rt
