#include "race/shadow.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "events/own_memory.hpp"
#include "live/live.hpp"
#include "race/budget.hpp"

char* __gosan_shadow_root[gosan::race::root_entries];

namespace gosan::race::shadow {
namespace {

// A leaf is followed by a byte for each page (4 KiB of the program): whether any of its words may be set.
constexpr std::size_t page = 4096;
constexpr std::size_t leaf_span = std::size_t{1} << leaf_bits, words_bytes = leaf_span / 2;
constexpr std::size_t flags_bytes = leaf_span / page;
constexpr std::size_t leaf_bytes = words_bytes + flags_bytes + page;  // the last page: where the next leaf is

// All leaves, the latest first; the root is too long to be walked. [LEAF]
constinit std::atomic<char*> latest_leaf{nullptr};
char*& next_of(char* leaf) noexcept { return *reinterpret_cast<char**>(leaf + words_bytes + flags_bytes); }

void note_leaf(char* leaf) noexcept {
  next_of(leaf) = latest_leaf.load(std::memory_order_relaxed);
  while (!latest_leaf.compare_exchange_weak(next_of(leaf), leaf, std::memory_order_release, std::memory_order_relaxed)) {  // [LEAF]
  }
}
constinit std::atomic<std::uint64_t> mapped{0};
constinit std::atomic<std::uint64_t> pages_touched{0};

char* make_leaf(char*& slot) noexcept {
  void* p = mmap(nullptr, leaf_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    static constexpr char text[] =
        "gosan: no address space left for the race detector's shadow memory (is `ulimit -v` set?)\n";
    [[maybe_unused]] auto written = write(2, text, sizeof text - 1);
    _exit(3);
  }
  events::own_memory::add(p, leaf_bytes);
  // Small pages: most of a leaf is never touched.
  madvise(p, leaf_bytes, MADV_NOHUGEPAGE);
  char* expected = nullptr;
  if (__atomic_compare_exchange_n(&slot, &expected, static_cast<char*>(p), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    mapped.fetch_add(1, std::memory_order_relaxed);
    note_leaf(static_cast<char*>(p));
    return static_cast<char*>(p);
  }
  events::own_memory::remove(p);
  munmap(p, leaf_bytes);
  return expected;
}

char* leaf_of(std::uintptr_t a) noexcept { return __gosan_shadow_root[(a >> leaf_bits) & (root_entries - 1)]; }

char& touched(char* leaf, std::uintptr_t a) noexcept { return leaf[words_bytes + ((a & (leaf_span - 1)) / page)]; }

void zero(std::uint32_t* first, std::uint32_t* last) noexcept {
  // Relaxed: whoever may access the bytes next is ordered after the caller by the program.
  if (last - first >= 16) {
    std::memset(first, 0, static_cast<std::size_t>(last - first) * sizeof *first);
    return;
  }
  for (; first != last; ++first)
    if (__atomic_load_n(first, __ATOMIC_RELAXED)) __atomic_store_n(first, 0u, __ATOMIC_RELAXED);
}

void forget_in_page(char* leaf, std::uintptr_t first, std::uintptr_t last) noexcept {
  char& flag = touched(leaf, first);
  if (!__atomic_load_n(&flag, __ATOMIC_RELAXED)) return;
  if (last - first == page && __atomic_exchange_n(&flag, 0, __ATOMIC_RELAXED)) pages_touched.fetch_sub(1, std::memory_order_relaxed);
  std::uint32_t* w = word_of(first);
  zero(w, w + (last - first) / 8);
}

// Long ranges give whole pages of shadow back to the system, which returns zeroes.
constexpr std::size_t long_range = std::size_t{1} << 20;

void clear_flags(char* first, std::size_t count) noexcept {
  std::uint64_t set = 0;
  for (char* flag = first; flag != first + count; ++flag)
    if (__atomic_load_n(flag, __ATOMIC_RELAXED)) set += __atomic_exchange_n(flag, 0, __ATOMIC_RELAXED) != 0;
  pages_touched.fetch_sub(set, std::memory_order_relaxed);
}

void forget_long(char* leaf, std::uintptr_t first, std::uintptr_t last) noexcept {
  clear_flags(&touched(leaf, first), (last - first) / page);
  const auto a = reinterpret_cast<std::uintptr_t>(word_of(first));
  const std::uintptr_t b = a + (last - first) / 2, from = (a + page - 1) & ~(page - 1), to = b & ~(page - 1);
  zero(reinterpret_cast<std::uint32_t*>(a), reinterpret_cast<std::uint32_t*>(from));
  madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  zero(reinterpret_cast<std::uint32_t*>(to), reinterpret_cast<std::uint32_t*>(b));
}

void forget_in_leaf(char* leaf, std::uintptr_t first, std::uintptr_t last) noexcept {
  const std::uintptr_t whole = (first + page - 1) & ~(page - 1), end = last & ~(page - 1);
  if (whole < end && end - whole >= long_range) {
    if (first < whole) forget_in_page(leaf, first, whole);
    forget_long(leaf, whole, end);
    if (end < last) forget_in_page(leaf, end, last);
    return;
  }
  for (std::uintptr_t next; first < last; first = next) {
    next = std::min(last, (first | (page - 1)) + 1);
    forget_in_page(leaf, first, next);
  }
}

}  // namespace

std::uint32_t* map_word(std::uintptr_t a) noexcept {
  make_leaf(__gosan_shadow_root[(a >> leaf_bits) & (root_entries - 1)]);
  return word_of(a);
}

void map(std::uintptr_t first, std::uintptr_t last) noexcept {
  for (; first < last; first = (first | (leaf_span - 1)) + 1) word(first);
}

void note_touched(std::uintptr_t a) noexcept {
  char& flag = touched(leaf_of(a), a);
  if (__atomic_load_n(&flag, __ATOMIC_RELAXED)) [[likely]] return;
  if (__atomic_exchange_n(&flag, 1, __ATOMIC_RELAXED)) return;
  if (pages_touched.fetch_add(1, std::memory_order_relaxed) % 64 == 0) budget::note_growth();
}

void forget(std::uintptr_t first, std::uintptr_t last) noexcept {
  while (first < last) {
    const std::uintptr_t end = std::min(last, (first | (leaf_span - 1)) + 1);
    if (char* leaf = leaf_of(first)) forget_in_leaf(leaf, first, end);
    first = end;
  }
}

void forget_all() noexcept {
  for (char* leaf = latest_leaf.load(std::memory_order_acquire); leaf; leaf = next_of(leaf)) {  // [LEAF]
    // The flags first: a word set meanwhile sets its flag after that. [TOUCHED] note_touched comes after the change.
    clear_flags(leaf + words_bytes, leaf_span / page);
    madvise(leaf, words_bytes, MADV_DONTNEED);
  }
}

std::uint64_t bytes_touched() noexcept { return pages_touched.load(std::memory_order_relaxed) * (page / 2); }

void for_each_touched_page(void (*f)(std::uint32_t*, std::size_t, void*) noexcept, void* arg) noexcept {
  for (char* leaf = latest_leaf.load(std::memory_order_acquire); leaf; leaf = next_of(leaf)) {  // [LEAF]
    auto* words = reinterpret_cast<std::uint32_t*>(leaf);
    for (std::size_t i = 0; i < leaf_span / page; ++i)
      if (__atomic_load_n(leaf + words_bytes + i, __ATOMIC_RELAXED)) f(words + i * (page / 8), page / 8, arg);
  }
}

std::uint64_t leaves() noexcept { return mapped.load(std::memory_order_relaxed); }

}  // namespace gosan::race::shadow
