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

// What is going to be written may be another processor's: it comes while the access is checked.
template <typename T>
sync_var* approach(const volatile T* p) noexcept {
  __builtin_prefetch(const_cast<const T*>(p), 1);
  return atomic_section::approach(address(p));
}

bool ignored() noexcept { return __gosan_thread.ignore || !states::started() || budget::off() || interrupted_in_the_midst(); }

// What the value carries is learned when learns(value).
template <typename T, typename F>
T load_checked(const volatile T* p, int order, void* pc, F learns) noexcept {
  check<atomic_read>(p, pc);
  if (!carries_anything(address(p))) {
    const T v = load_value(p);
    if (!carries_anything(address(p))) return v;
  }
  atomic_section section(address(p));
  const T v = load_value(p);
  if (learns(v)) section.after_load(actors::running(), order);
  return v;
}

template <typename T>
T load(const volatile T* p, int order, void* pc) noexcept {
  return ignored() ? load_value(p) : load_checked(p, order, pc, [](T) { return true; });
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

// Nothing is left by a relaxed one where nothing was left before, so it needs no lock. When somebody leaves something first meanwhile, nobody can
// tell which of the two came first: as if it was the other.
template <typename T, typename F>
T update_lightly(volatile T* p, actor_state& a, F do_it) noexcept {
  const T seen = do_it(p);
  if (carries_anything(address(p))) [[unlikely]] atomic_section(address(p)).after_load(a, __ATOMIC_RELAXED);
  return seen;
}

template <typename T, typename F>
T update(volatile T* p, int order, void* pc, F do_it) noexcept {
  if (ignored()) return do_it(p);
  sync_var* const near = approach(p);
  check<atomic_write>(p, pc);
  actor_state& a = actors::running();
  if (!near && order == __ATOMIC_RELAXED && !a.at_fence) return update_lightly(p, a, do_it);
  atomic_section section(address(p), near);
  section.before_exchange(a, order);
  const T seen = do_it(p);
  section.after_exchange(a, order);
  return seen;
}

template <typename T>
T compare_exchange(volatile T* p, T expected, T desired, int success, int failure, void* pc) noexcept {
  if (ignored()) return swap_if(p, expected, desired);
  T seen = load_value(p);
  const auto fails = [expected](T found) { return found != expected; };
  // One that fails is a load.
  if (fails(seen) && fails(seen = load_checked(p, failure, pc, fails))) return seen;
  sync_var* const near = approach(p);
  check<atomic_write>(p, pc);
  actor_state& a = actors::running();
  atomic_section section(address(p), near);
  section.before_exchange(a, success);
  seen = swap_if(p, expected, desired);
  if (seen == expected) section.after_exchange(a, success);
  else section.after_load(a, failure);
  return seen;
}

}  // namespace
}  // namespace gosan::race

using namespace gosan::race;

#define GOSAN_PC __builtin_return_address(0)
#define GOSAN_UPDATE(bits, T, name, builtin, result)                                                               \
  T __gosan_atomic##bits##_##name(volatile T* p, T v, int order) noexcept {                                        \
    return update(p, order, GOSAN_PC, [v](volatile T* at) -> T {                                                   \
      if constexpr (sizeof(T) < 16) return builtin(at, v, __ATOMIC_SEQ_CST);                                       \
      else return update_value(at, [v]([[maybe_unused]] T x) -> T { return static_cast<T>(result); });             \
    });                                                                                                            \
  }
#define GOSAN_ATOMIC(bits, T)                                                                                  \
  T __gosan_atomic##bits##_load(const volatile T* p, int order) noexcept { return load(p, order, GOSAN_PC); }  \
  void __gosan_atomic##bits##_store(volatile T* p, T v, int order) noexcept { store(p, v, order, GOSAN_PC); }  \
  GOSAN_UPDATE(bits, T, exchange, __atomic_exchange_n, v)                                                       \
  GOSAN_UPDATE(bits, T, fetch_add, __atomic_fetch_add, x + v)                                                   \
  GOSAN_UPDATE(bits, T, fetch_sub, __atomic_fetch_sub, x - v)                                                   \
  GOSAN_UPDATE(bits, T, fetch_and, __atomic_fetch_and, x & v)                                                   \
  GOSAN_UPDATE(bits, T, fetch_or, __atomic_fetch_or, x | v)                                                     \
  GOSAN_UPDATE(bits, T, fetch_xor, __atomic_fetch_xor, x ^ v)                                                   \
  GOSAN_UPDATE(bits, T, fetch_nand, __atomic_fetch_nand, ~(x & v))                                              \
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
