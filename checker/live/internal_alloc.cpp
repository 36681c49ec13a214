// Size classes over mapped arenas. A block of class c has 16 << c bytes; larger ones are mapped alone. Freed blocks stay
// with their class: the checker's needs are steady, and what it frees it soon takes again.
#include "live/internal_alloc.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <mutex>

#include "events/own_memory.hpp"
#include "live/spin_lock.hpp"

namespace gosan::live {
namespace {

constexpr std::size_t smallest = 16, classes = 12, largest = smallest << (classes - 1);  // 32 KiB
constexpr std::size_t arena_bytes = std::size_t{1} << 20;

struct free_block {
  free_block* next;
};

struct size_class {
  spin_lock lock;
  free_block* free = nullptr;  // guarded by lock
  char* bump = nullptr;        // guarded by lock; [bump, end) is untouched arena
  char* end = nullptr;
};
constinit size_class all_classes[classes];
constinit std::atomic<std::size_t> mapped{0};

void* map(std::size_t n, bool now = false) noexcept {
  void* p = mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (now ? MAP_POPULATE : 0), -1, 0);
  if (p == MAP_FAILED) {
    static constexpr char text[] = "gosan: no memory left for the detectors (is `ulimit -v` set?)\n";
    [[maybe_unused]] auto written = write(2, text, sizeof text - 1);
    _exit(3);
  }
  events::own_memory::add(p, n);
  mapped.fetch_add(n, std::memory_order_relaxed);
  return p;
}

std::size_t class_of(std::size_t n) noexcept {
  return n <= smallest ? 0 : std::bit_width((n - 1) / smallest);
}

std::size_t pages(std::size_t n) noexcept { return (n + 4095) & ~std::size_t{4095}; }

}  // namespace

void* internal_alloc(std::size_t n, std::size_t align) noexcept {
  if (n < align) n = align;
  if (n > largest) return map(pages(n));
  size_class& c = all_classes[class_of(n)];
  const std::size_t size = smallest << class_of(n);
  std::lock_guard hold(c.lock);
  if (free_block* p = c.free) {
    c.free = p->next;
    return p;
  }
  if (static_cast<std::size_t>(c.end - c.bump) < size) {
    c.bump = static_cast<char*>(map(arena_bytes));
    c.end = c.bump + arena_bytes;
  }
  void* p = c.bump;  // aligned to its size up to a page: arenas are page-aligned and hold one class
  c.bump += size;
  return p;
}

void internal_free(void* p, std::size_t n) noexcept {
  if (!p) return;
  if (n > largest) return unmap(p, pages(n));
  size_class& c = all_classes[class_of(n)];
  std::lock_guard hold(c.lock);
  c.free = new (p) free_block{c.free};
}

void* map_zeroed(std::size_t n, bool now) noexcept { return map(n, now); }

void unmap(void* p, std::size_t n) noexcept {
  mapped.fetch_sub(n, std::memory_order_relaxed);
  events::own_memory::remove(p);
  munmap(p, n);
}

std::size_t internal_bytes() noexcept { return mapped.load(std::memory_order_relaxed); }

}  // namespace gosan::live
