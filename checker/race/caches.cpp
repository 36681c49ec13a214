#include "race/caches.hpp"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "live/live.hpp"
#include "live/spin_lock.hpp"

namespace gosan::race {
namespace {

constinit std::atomic<thread_cache*> first{nullptr};
using caches::detail::barrier;
using caches::detail::current;

bool has_system_barrier() noexcept {
  barrier known = caches::detail::orders_others.load(std::memory_order_relaxed);
  if (known == barrier::unknown) known = caches::detail::ask_for_barrier();
  return known == barrier::of_system;
}

thread_cache* adopt_free() noexcept {
  for (thread_cache* c = caches::all(); c; c = c->next)
    if (!c->taken.load(std::memory_order_relaxed) && !c->taken.exchange(true, std::memory_order_acquire)) return c;
  return nullptr;
}

thread_cache* make() noexcept {
  auto* c = static_cast<thread_cache*>(live::map_zeroed(sizeof(thread_cache)));
  c->steps_used.bits = c->steps_used.first_bits;
  c->nodes_used.bits = c->nodes_used.first_bits;
  c->generation.store(current.load(std::memory_order_acquire), std::memory_order_relaxed);  // there is nothing to drop
  c->taken.store(true, std::memory_order_relaxed);
  c->next = first.load(std::memory_order_relaxed);
  while (!first.compare_exchange_weak(c->next, c, std::memory_order_release)) {
  }
  return c;
}

std::uint64_t milliseconds() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000 + static_cast<std::uint64_t>(t.tv_nsec) / 1000000;
}

bool left_behind(const thread_cache& c, std::uint32_t generation) noexcept {
  // Acquire: what the thread did while active is over. [GENERATION]
  return c.active.load(std::memory_order_acquire) && c.generation.load(std::memory_order_acquire) != generation;
}

}  // namespace

void holding_states::order_own() noexcept {
  if (!has_system_barrier()) std::atomic_thread_fence(std::memory_order_seq_cst);  // [GENERATION]
}

void holding_states::drop_older(std::uint32_t now) noexcept {
  if (cache_.active.load(std::memory_order_relaxed) > 1) return;  // an outer scope still holds older ids
  cache_.area = {};
  cache_.drop_steps();
  cache_.recent = {};
  cache_.generation.store(now, std::memory_order_release);
}

[[gnu::noinline]] node_id running_site(const thread_view& t, thread_cache& cache, std::uintptr_t pc) noexcept {
  const bool lately_entered = t.top - t.bottom >= 3 && !t.top[-1].node && !t.top[-2].node;
  const node_id context = running_context(t, cache), site = cache.child(context, pc);
  if (lately_entered)
    cache.site_place_of(t.top, pc) = {pc, t.top[-1].call_site, t.top[-2].call_site, t.top[-3].node, t.top[-2].node, context, site};
  return site;
}

namespace caches {

namespace detail {
constinit std::atomic<std::uint32_t> current{1};
constinit std::atomic<barrier> orders_others{barrier::unknown};

barrier ask_for_barrier() noexcept {
  const bool has = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  const barrier b = has ? barrier::of_system : barrier::own;
  orders_others.store(b, std::memory_order_relaxed);
  return b;
}
}  // namespace detail

thread_cache& of_this_thread() noexcept {
  thread_view& t = __gosan_thread;
  if (!t.cache) {
    t.cache = adopt_free();
    if (!t.cache) t.cache = make();
    t.cache->thread_pointer.store(reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()), std::memory_order_relaxed);
  }
  return *t.cache;
}

thread_cache* all() noexcept { return first.load(std::memory_order_acquire); }

void start() noexcept { has_system_barrier(); }

void thread_ended() noexcept {
  thread_view& t = __gosan_thread;
  if (!t.cache) return;
  t.cache->taken.store(false, std::memory_order_release);
  t.cache = nullptr;
}

bool new_generation() noexcept {
  const std::uint32_t now = current.fetch_add(1, std::memory_order_seq_cst) + 1;
  if (has_system_barrier()) syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  else std::atomic_thread_fence(std::memory_order_seq_cst);
  // A thread may be held up for long, even by the caller (a lock it has while it reports): then the next time will do.
  const std::uint64_t limit = milliseconds() + 100;
  for (thread_cache* c = all(); c; c = c->next)
    while (left_behind(*c, now)) {
      if (milliseconds() > limit) return false;
      sched_yield();
    }
  return true;
}

}  // namespace caches
}  // namespace gosan::race
