// Mappings of our own: stacks and control blocks of goroutines, heap spans, shadow, the checker's books. A leak's proof follows
// what lies there by other ways, or not at all, and takes every other mapping of the process for a root.
//
// One who maps adds after mmap and removes before munmap: at no moment is memory of the user's in the register, so the worst of a
// thread stopped in between, or of a full table, is that less is proven. Lock-free and constant-initialised.
// In the plain library nothing calls this and nothing is left of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gosan::events {

class own_memory {
 public:
  static void add(const void* p, std::size_t n) noexcept {
    const std::uintptr_t low = reinterpret_cast<std::uintptr_t>(p), high = (low + n + page - 1) & ~(page - 1);
    for (std::size_t i = 0; i < probes; ++i) {
      entry& e = at(low, i);
      std::uintptr_t was = key_of(e).load(std::memory_order_relaxed);
      if (was != unused && was != given_back) continue;
      if (!key_of(e).compare_exchange_strong(was, busy, std::memory_order_relaxed)) continue;
      e.high = ~high;
      // Release meets the acquire in for_each(): the end is seen. [OWN]
      return key_of(e).store(~low, std::memory_order_release);
    }
  }

  static void remove(const void* p) noexcept {
    const auto low = reinterpret_cast<std::uintptr_t>(p);
    for (std::size_t i = 0; i < probes; ++i) {
      entry& e = at(low, i);
      const std::uintptr_t key = key_of(e).load(std::memory_order_relaxed);
      if (key == ~low) return key_of(e).store(given_back, std::memory_order_relaxed);
      if (key == unused) return;
    }
  }

  template <typename F>
  static void for_each(F&& f) {
    for (entry& e : table)
      if (const std::uintptr_t key = key_of(e).load(std::memory_order_acquire); key > given_back)  // [OWN]
        f(~key, ~e.high);
  }

 private:
  // Addresses are kept inverted: the table is a global, and would be a root that reaches them all.
  struct entry {
    std::uintptr_t key, high;
  };
  static constexpr std::uintptr_t page = 4096, unused = 0, busy = 1, given_back = 2;
  static constexpr unsigned bits = 17;
  static constexpr std::size_t probes = 64;
  static entry& at(std::uintptr_t low, std::size_t i) noexcept {
    const std::size_t h = static_cast<std::size_t>((low / page * 0x9E3779B97F4A7C15u) >> (64 - bits));
    return table[(h + i) & ((std::size_t{1} << bits) - 1)];
  }
  static std::atomic_ref<std::uintptr_t> key_of(entry& e) noexcept { return std::atomic_ref(e.key); }
  // Plain words: an array of atomics this long is slow to compile.
  static inline constinit entry table[std::size_t{1} << bits] = {};
};

}  // namespace gosan::events
