#include "race/shadow.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "live/live.hpp"

char* __gosan_shadow_root[gosan::race::root_entries];

namespace gosan::race::shadow {
namespace {

constexpr std::size_t leaf_span = std::size_t{1} << leaf_bits, leaf_bytes = leaf_span / 2;
constexpr std::size_t page = 4096;
constinit std::atomic<std::uint64_t> mapped{0};

char* make_leaf(char*& slot) noexcept {
  void* p = mmap(nullptr, leaf_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    static constexpr char text[] =
        "gosan: no address space left for the race detector's shadow memory (is `ulimit -v` set?)\n";
    [[maybe_unused]] auto written = write(2, text, sizeof text - 1);
    _exit(3);
  }
  // Small pages: most of a leaf is never touched.
  madvise(p, leaf_bytes, MADV_NOHUGEPAGE);
  char* expected = nullptr;
  if (__atomic_compare_exchange_n(&slot, &expected, static_cast<char*>(p), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    mapped.fetch_add(1, std::memory_order_relaxed);
    return static_cast<char*>(p);
  }
  munmap(p, leaf_bytes);
  return expected;
}

void zero(std::uint32_t* first, std::uint32_t* last) noexcept {
  // Relaxed: whoever may access the bytes next is ordered after the caller by the program.
  for (; first != last; ++first)
    if (__atomic_load_n(first, __ATOMIC_RELAXED)) __atomic_store_n(first, 0u, __ATOMIC_RELAXED);
}

// Long ranges give whole pages of shadow back to the system, which returns zeroes.
void forget_in_leaf(std::uint32_t* first, std::uint32_t* last) noexcept {
  const auto a = reinterpret_cast<std::uintptr_t>(first), b = reinterpret_cast<std::uintptr_t>(last);
  if (b - a < 16 * page) return zero(first, last);
  const std::uintptr_t from = (a + page - 1) & ~(page - 1), to = b & ~(page - 1);
  zero(first, reinterpret_cast<std::uint32_t*>(from));
  madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  zero(reinterpret_cast<std::uint32_t*>(to), last);
}

}  // namespace

std::uint32_t* word(std::uintptr_t a) noexcept {
  if (std::uint32_t* w = word_of(a)) return w;
  make_leaf(__gosan_shadow_root[(a >> leaf_bits) & (root_entries - 1)]);
  return word_of(a);
}

void forget(std::uintptr_t first, std::uintptr_t last) noexcept {
  while (first < last) {
    const std::uintptr_t end = std::min(last, (first | (leaf_span - 1)) + 1);
    if (std::uint32_t* w = word_of(first)) forget_in_leaf(w, w + (end - first) / 8);
    first = end;
  }
}

std::uint64_t leaves() noexcept { return mapped.load(std::memory_order_relaxed); }

}  // namespace gosan::race::shadow
