#include "sched/die.hpp"

#include <cstdio>
#include <cstdlib>

#include "sched/goroutine.hpp"

namespace gosan::rt {

void die(const char* what) noexcept {
  std::fprintf(stderr, "gosan: internal error: %s\n", what);
  std::abort();
}

void die_state(const goroutine* g, unsigned from, unsigned to) noexcept {
  std::fprintf(stderr, "gosan: internal error: goroutine %llu goes from state %u to %u but is in %u\n",
               static_cast<unsigned long long>(g->id), from, to,
               static_cast<unsigned>(g->state.load(std::memory_order_relaxed)));
  std::abort();
}

}  // namespace gosan::rt
