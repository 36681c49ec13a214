// What instrumented code calls. The pass in instrument/ inserts these calls; checker/race/ defines them. Plain C names, so that
// any front end can emit them; the pass and the detector are built from this one list.
//
// None of them blocks, throws, or allocates from the user's allocator. All may be called from any thread at any time, also
// before main and while static destructors run.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Called from a constructor of every instrumented module; `abi` is gosan_abi_version below, `module` an address in it.
void __gosan_module_init(std::uint32_t abi, const void* module) noexcept;

// Calls. `call_site` is the return address of the function that is entered. An exit is called on every way out that is
// not an exception; a function with a landing pad says at the pad that it is the running function again. `frame` is what
// its entry returned.
std::uint64_t __gosan_func_entry(const void* call_site) noexcept;
void __gosan_func_exit(std::uint64_t frame) noexcept;
void __gosan_func_resume(std::uint64_t frame) noexcept;

// Plain accesses of naturally aligned objects. The suffix is the size in bytes.
#define GOSAN_ACCESS_SIZES(X) X(1) X(2) X(4) X(8) X(16)
#define GOSAN_ACCESS(n)                                    \
  void __gosan_read##n(const void* p) noexcept;            \
  void __gosan_write##n(void* p) noexcept;                 \
  void __gosan_read_write##n(void* p) noexcept;            \
  void __gosan_unaligned_read##n(const void* p) noexcept;  \
  void __gosan_unaligned_write##n(void* p) noexcept;       \
  void __gosan_unaligned_read_write##n(void* p) noexcept;
GOSAN_ACCESS_SIZES(GOSAN_ACCESS)
#undef GOSAN_ACCESS
// The same for code that has done same_epoch() of race/shadow_layout.hpp itself, in vain. They keep nearly all registers, so
// that the code around an access need not save any for the rare call.
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define GOSAN_KEEPS_REGISTERS __attribute__((preserve_most))
#define GOSAN_MISSED(n)                                                      \
  GOSAN_KEEPS_REGISTERS void __gosan_missed_read##n(const void* p) noexcept; \
  GOSAN_KEEPS_REGISTERS void __gosan_missed_write##n(void* p) noexcept;
GOSAN_ACCESS_SIZES(GOSAN_MISSED)
#undef GOSAN_MISSED
#endif
// Any contiguous bytes: structure copies, merged accesses, loops.
void __gosan_read_range(const void* p, std::size_t n) noexcept;
void __gosan_write_range(void* p, std::size_t n) noexcept;
// What the turns of a loop access one after the other, in pieces of `each` bytes; called before the loop.
void __gosan_loop_read(const void* p, std::size_t n, std::size_t each) noexcept;
void __gosan_loop_write(void* p, std::size_t n, std::size_t each) noexcept;
// A store of a vtable pointer: silent when it stores what is there already.
void __gosan_vptr_write(void** p, void* value) noexcept;
// Intrinsics that access memory; they also perform the operation.
void* __gosan_memcpy(void* to, const void* from, std::size_t n) noexcept;
void* __gosan_memmove(void* to, const void* from, std::size_t n) noexcept;
void* __gosan_memset(void* to, int value, std::size_t n) noexcept;

// Atomics perform the operation and its ordering. `order` is the C++ memory_order as a number (relaxed 0 ... seq_cst 5).
#define GOSAN_ATOMIC_SIZES(X) X(8, std::uint8_t) X(16, std::uint16_t) X(32, std::uint32_t) X(64, std::uint64_t) X(128, unsigned __int128)
#define GOSAN_ATOMIC(bits, T)                                                                    \
  T __gosan_atomic##bits##_load(const volatile T* p, int order) noexcept;                        \
  void __gosan_atomic##bits##_store(volatile T* p, T v, int order) noexcept;                     \
  T __gosan_atomic##bits##_exchange(volatile T* p, T v, int order) noexcept;                     \
  T __gosan_atomic##bits##_fetch_add(volatile T* p, T v, int order) noexcept;                    \
  T __gosan_atomic##bits##_fetch_sub(volatile T* p, T v, int order) noexcept;                    \
  T __gosan_atomic##bits##_fetch_and(volatile T* p, T v, int order) noexcept;                    \
  T __gosan_atomic##bits##_fetch_or(volatile T* p, T v, int order) noexcept;                     \
  T __gosan_atomic##bits##_fetch_xor(volatile T* p, T v, int order) noexcept;                    \
  T __gosan_atomic##bits##_fetch_nand(volatile T* p, T v, int order) noexcept;                   \
  /* Returns the value found; equal to `expected` exactly when it succeeded. */                  \
  T __gosan_atomic##bits##_compare_exchange(volatile T* p, T expected, T desired, int success,   \
                                            int failure) noexcept;
GOSAN_ATOMIC_SIZES(GOSAN_ATOMIC)
#undef GOSAN_ATOMIC
void __gosan_atomic_thread_fence(int order) noexcept;
}

namespace gosan::race {
inline constexpr std::uint32_t gosan_abi_version = 1;
}
