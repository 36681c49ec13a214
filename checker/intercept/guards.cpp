// Function statics. Whoever finds the guard set, here or by the load that the compiler puts before the call, is ordered after
// the initialisation.
//
// These take the place of libstdc++'s three functions altogether (a program linked statically has no others behind them), with
// the same layout of the guard, since modules built elsewhere look at it:
//
//   byte 0            1 = initialised; what the compiler tests
//   byte 1            1 = somebody initialises it now
//   byte 2            1 = somebody waits for that
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "intercept/thread_events.hpp"
#include "race/actors.hpp"
#include "race/atomics.hpp"
#include "race/states.hpp"

namespace gosan::intercept {
namespace {

constexpr std::uint32_t initialised = 1, pending = 0x100, waited_for = 0x10000;

std::uint32_t* word(std::uint64_t* guard) noexcept { return reinterpret_cast<std::uint32_t*>(guard); }

bool change(std::uint32_t* w, std::uint32_t& from, std::uint32_t to) noexcept {
  return __atomic_compare_exchange_n(w, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void wake_waiters(std::uint32_t* w, std::uint32_t seen) noexcept {
  if (seen & waited_for) syscall(SYS_futex, w, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}

// The order is for the race detector alone.
bool ordered() noexcept { return gosan::race::states::started() && observed(); }

// Ends the caller's turn; the new state is `then`.
void leave(std::uint64_t* guard, std::uint32_t then) noexcept {
  wake_waiters(word(guard), __atomic_exchange_n(word(guard), then, __ATOMIC_ACQ_REL));
}

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

extern "C" {
int __cxa_guard_acquire(std::uint64_t* guard) {
  std::uint32_t* w = word(guard);
  for (std::uint32_t seen = __atomic_load_n(w, __ATOMIC_ACQUIRE);;) {
    if (seen & initialised) break;
    if (seen == 0) {
      if (change(w, seen, pending)) return 1;
      continue;
    }
    if (!(seen & waited_for) && !change(w, seen, seen | waited_for)) continue;
    syscall(SYS_futex, w, FUTEX_WAIT_PRIVATE, pending | waited_for, nullptr, nullptr, 0);
    seen = __atomic_load_n(w, __ATOMIC_ACQUIRE);
  }
  if (ordered()) {
    gosan::race::atomic_section section(reinterpret_cast<std::uintptr_t>(guard));
    section.after_load(gosan::race::actors::running(), __ATOMIC_ACQUIRE);
  }
  return 0;
}

void __cxa_guard_release(std::uint64_t* guard) noexcept {
  std::optional<gosan::race::atomic_section> section;
  if (ordered()) {
    section.emplace(reinterpret_cast<std::uintptr_t>(guard));
    section->before_store(gosan::race::actors::running(), __ATOMIC_RELEASE);
  }
  leave(guard, initialised);
}

// The initialisation has thrown: the next one tries again.
void __cxa_guard_abort(std::uint64_t* guard) noexcept { leave(guard, 0); }
}
