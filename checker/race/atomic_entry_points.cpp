// The atomic operations of race/abi.hpp: they perform the operation together with its order.
//
// The operation itself is always seq_cst: which value a relaxed load sees is the machine's affair, the order of the detector
// follows from the order the program asked for.
#include <type_traits>

#include "race/abi.hpp"
#include "race/access.hpp"
#include "race/actors.hpp"
#include "race/atomics.hpp"
#include "race/budget.hpp"
#include "race/caches.hpp"

// The 16-byte compare-and-swap; every x86-64 since 2006 has it.
#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute push(__attribute__((target("cx16"))), apply_to = function)
#elif defined(__x86_64__)
#pragma GCC target("cx16")
#endif

namespace gosan::race {
namespace {

template <typename T>
std::uintptr_t address(const volatile T* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p);
}

// 16 bytes: by compare-and-swap, which needs no library of the compiler.
template <typename T>
T load_value(const volatile T* p) noexcept {
  if constexpr (sizeof(T) == 16) return __sync_val_compare_and_swap(const_cast<volatile T*>(p), T{0}, T{0});
  else return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

template <typename T>
T swap_if(volatile T* p, T expected, T desired) noexcept {
  return __sync_val_compare_and_swap(p, expected, desired);
}

template <typename T, typename F>
T update_value(volatile T* p, F f) noexcept {
  for (T seen = load_value(p);;) {
    const T found = swap_if(p, seen, f(seen));
    if (found == seen) return seen;
    seen = found;
  }
}

// An object that is not aligned is one only in name; it is checked all the same.
template <access_kind kind, typename T>
void check(const volatile T* p, void* pc) noexcept {
  const std::uintptr_t a = address(p), from = reinterpret_cast<std::uintptr_t>(pc);
  if (a % sizeof(T)) [[unlikely]] return access(a, sizeof(T), kind, from);
  access_aligned<sizeof(T), kind>(a, from);
}

bool ignored() noexcept { return __gosan_thread.ignore || !states::started() || budget::off() || interrupted_in_the_midst(); }

template <typename T>
T load(const volatile T* p, int order, void* pc) noexcept {
  if (ignored()) return load_value(p);
  check<atomic_read>(p, pc);
  if (!carries_anything(address(p))) {
    const T v = load_value(p);
    if (!carries_anything(address(p))) return v;
  }
  atomic_section section(address(p));
  const T v = load_value(p);
  section.after_load(actors::running(), order);
  return v;
}

template <typename T>
void store(volatile T* p, T v, int order, void* pc) noexcept {
  if (ignored()) {
    update_value(p, [&](T) { return v; });
    return;
  }
  check<atomic_write>(p, pc);
  atomic_section section(address(p));
  section.before_store(actors::running(), order);
  if constexpr (sizeof(T) == 16) update_value(p, [&](T) { return v; });
  else __atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

template <typename T, typename F>
T update(volatile T* p, int order, void* pc, F f) noexcept {
  if (ignored()) return update_value(p, f);
  check<atomic_write>(p, pc);
  actor_state& a = actors::running();
  atomic_section section(address(p));
  section.before_exchange(a, order);
  const T seen = update_value(p, f);
  section.after_exchange(a, order);
  return seen;
}

template <typename T>
T compare_exchange(volatile T* p, T expected, T desired, int success, int failure, void* pc) noexcept {
  if (ignored()) return swap_if(p, expected, desired);
  check<atomic_write>(p, pc);
  actor_state& a = actors::running();
  atomic_section section(address(p));
  section.before_exchange(a, success);
  const T seen = swap_if(p, expected, desired);
  if (seen == expected) section.after_exchange(a, success);
  else section.after_load(a, failure);
  return seen;
}

}  // namespace
}  // namespace gosan::race

using namespace gosan::race;

#define GOSAN_PC __builtin_return_address(0)
#define GOSAN_UPDATE(bits, T, name, result)                                        \
  T __gosan_atomic##bits##_##name(volatile T* p, T v, int order) noexcept {        \
    return update(p, order, GOSAN_PC, [v]([[maybe_unused]] T x) -> T { return static_cast<T>(result); }); \
  }
#define GOSAN_ATOMIC(bits, T)                                                                                  \
  T __gosan_atomic##bits##_load(const volatile T* p, int order) noexcept { return load(p, order, GOSAN_PC); }  \
  void __gosan_atomic##bits##_store(volatile T* p, T v, int order) noexcept { store(p, v, order, GOSAN_PC); }  \
  GOSAN_UPDATE(bits, T, exchange, v)                                                                           \
  GOSAN_UPDATE(bits, T, fetch_add, x + v)                                                                      \
  GOSAN_UPDATE(bits, T, fetch_sub, x - v)                                                                      \
  GOSAN_UPDATE(bits, T, fetch_and, x & v)                                                                      \
  GOSAN_UPDATE(bits, T, fetch_or, x | v)                                                                       \
  GOSAN_UPDATE(bits, T, fetch_xor, x ^ v)                                                                      \
  GOSAN_UPDATE(bits, T, fetch_nand, ~(x & v))                                                                  \
  T __gosan_atomic##bits##_compare_exchange(volatile T* p, T expected, T desired, int success,                 \
                                            int failure) noexcept {                                            \
    return compare_exchange(p, expected, desired, success, failure, GOSAN_PC);                                 \
  }

extern "C" {
GOSAN_ATOMIC_SIZES(GOSAN_ATOMIC)

void __gosan_atomic_thread_fence(int order) noexcept {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!ignored() && order) fence(actors::running(), order);
}
}

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
