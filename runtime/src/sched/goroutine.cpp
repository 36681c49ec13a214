#include "sched/goroutine.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>

#include "events/own_memory.hpp"
#include "events/sink.hpp"
#include "sched/debug_layout.hpp"
#include "sched/die.hpp"
#include "sched/lock.hpp"
#include "sched/scheduler.hpp"
#include "switch/sanitizers.hpp"

namespace gosan::rt {
namespace {

// A slab is one mapping of control blocks; `used` grows as they are first handed out.
struct slab {
  goroutine* blocks;
  std::size_t capacity;
  std::atomic<std::size_t> used;
};
constexpr std::size_t max_slabs = 65536;
constexpr std::size_t small_slab = 1024, large_slab = 32768;  // 256 KiB, 8 MiB

constinit lock blocks_mu{lock_rank::blocks};
constinit goroutine* free_blocks GOSAN_GUARDED_BY(blocks_mu) = nullptr;
constinit slab slabs[max_slabs] = {};
constinit std::atomic<std::size_t> slab_count{0};

void add_slab() noexcept GOSAN_REQUIRES(blocks_mu) {
  const std::size_t n = slab_count.load(std::memory_order_relaxed);
  const std::size_t capacity = n < 4 ? small_slab : large_slab;
  const std::size_t bytes = capacity * sizeof(goroutine);
  if (n == max_slabs) die("more than 2e9 goroutines");
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    std::fprintf(stderr, "gosan: cannot reserve %zu bytes for goroutines: %s (see ulimit -v)\n", bytes, std::strerror(errno));
    _exit(2);
  }
  if (capacity == large_slab) madvise(at, bytes, MADV_HUGEPAGE);
  if constexpr (events::recording) events::own_memory::add(at, bytes);
  sanitizers::leak_roots(at, bytes);
  slabs[n].blocks = static_cast<goroutine*>(at);
  slabs[n].capacity = capacity;
  // [SLAB] release meets the acquire in visit_goroutines().
  slab_count.store(n + 1, std::memory_order_release);
}

goroutine* carve() noexcept GOSAN_REQUIRES(blocks_mu) {
  std::size_t n = slab_count.load(std::memory_order_relaxed);
  if (n == 0 || slabs[n - 1].used.load(std::memory_order_relaxed) == slabs[n - 1].capacity) {
    add_slab();
    ++n;
  }
  slab& s = slabs[n - 1];
  const std::size_t i = s.used.load(std::memory_order_relaxed);
  goroutine* g = new (&s.blocks[i]) goroutine;
  // [SLAB] release meets the acquire in visit_goroutines(): the block is constructed.
  s.used.store(i + 1, std::memory_order_release);
  return g;
}

}  // namespace

void change_state(goroutine* g, gstate from, gstate to) noexcept {
  // Only the owner of the block changes the state, so a load and a store suffice. [GSTATE] The release store pairs with the
  // acquire loads of observers (snapshot, deadlock detector); between owners the run queues and wait locks order.
  if (g->state.load(std::memory_order_relaxed) != from) [[unlikely]]
    die_state(g, static_cast<unsigned>(from), static_cast<unsigned>(to));
  g->state.store(to, std::memory_order_release);  // [GSTATE]
}

goroutine* take_goroutines(std::size_t n) noexcept {
  hold h(blocks_mu);
  goroutine* first = nullptr;
  for (std::size_t i = 0; i < n; ++i) {
    goroutine* g = free_blocks;
    if (g)
      free_blocks = g->next;
    else
      g = carve();
    g->next = first;
    first = g;
  }
  return first;
}

void give_goroutines(goroutine* first, goroutine* last) noexcept {
  hold h(blocks_mu);
  last->next = free_blocks;
  free_blocks = first;
}

void visit_goroutines(void (*visit)(goroutine*, void*), void* arg) noexcept {
  // [SLAB] acquire meets the release stores in add_slab() and carve().
  const std::size_t n = slab_count.load(std::memory_order_acquire);
  for (std::size_t s = 0; s < n; ++s) {
    const std::size_t used = slabs[s].used.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i) visit(&slabs[s].blocks[i], arg);
  }
}

}  // namespace gosan::rt

namespace gosan::rt {
namespace {

const char* const wait_reason_texts[] = {
#define GOSAN_WAIT_REASON(name, text) text,
#include "events/wait_reasons.def"
#undef GOSAN_WAIT_REASON
};

std::uint64_t number(const void* p) noexcept { return reinterpret_cast<std::uint64_t>(p); }

// offsetof through pointers: the classes hold atomics and are not all of standard layout.
template <class C, class M>
std::uint64_t offset(M C::*member) noexcept {
  alignas(C) static char room[sizeof(C)];
  return number(&(reinterpret_cast<C*>(room)->*member)) - number(room);
}

debug_layout make_layout() noexcept {
  return {
      .version = 1,
      .slabs = number(slabs), .slab_count = number(&slab_count), .slab_size = sizeof(slab),
      .slab_blocks = offset(&slab::blocks), .slab_used = offset(&slab::used),
      .g_size = sizeof(goroutine), .g_id = offset(&goroutine::id), .g_state = offset(&goroutine::state),
      .g_is_thread = offset(&goroutine::is_thread), .g_context = offset(&goroutine::context),
      .g_name = offset(&goroutine::name), .g_why = offset(&goroutine::why),
      .g_creator = offset(&goroutine::creator), .g_created_at = offset(&goroutine::created_at),
      .g_waits_on = offset(&goroutine::waits_on),
      .workers = first_worker_address(), .w_running = offset(&worker::running), .w_tid = offset(&worker::tid),
      .w_all_link = offset(&worker::all_link),
      .wait_reasons = number(wait_reason_texts), .wait_reason_count = std::size(wait_reason_texts),
  };
}

}  // namespace

// The analysis does not see that only the address is taken.
std::uint64_t first_worker_address() noexcept GOSAN_NO_ANALYSIS { return number(&the_scheduler.workers); }

void fill_debug_layout() noexcept { gosan_debug_layout = make_layout(); }

}  // namespace gosan::rt

gosan::rt::debug_layout gosan_debug_layout{};
