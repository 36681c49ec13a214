// The allocator of a recording program, in place of libc's: it knows of every block, from any address inside it, where it was
// allocated and whether it is live. So a leak can be proven, a report can name the block, and use after free is seen.
//
//   class      sizes up to 8 KiB, steps of a quarter of a power of two; blocks of a class lie in spans of 64 KiB
//   large      sizes up to 1 MiB, a span each, kept for reuse by size
//   huge       mapped and unmapped alone
//
// Threads keep short lists of free blocks per class; spans are found from an address through a two-level map of 64 KiB pages,
// read without a lock, so lookups work while other threads are stopped anywhere.
//
// Rules: nothing here may call malloc, throw, or touch memory of the program beyond the block itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gosan::intercept {

struct heap_block {
  std::uintptr_t start = 0;
  std::size_t size = 0;
};

// The live block that contains p, if any.
bool block_of(const void* p, heap_block& out) noexcept;
// Whether all blocks of the program come from here: false when another allocator was put before this one.
bool tracks_all_blocks() noexcept;

namespace heap {
// `site`: node of the context tree where it was asked for, 0 = unknown. Null when memory is out. `align` is a power of two.
void* allocate(std::size_t n, std::size_t align, std::uint32_t site) noexcept;
enum class outcome { freed, not_a_block, freed_before };
outcome release(void* p) noexcept;
std::size_t size_of(const void* p) noexcept;  // of the live block that starts at p; 0 = none
// Whether the bytes of a block just allocated are zero already.
bool known_zero(const void* p) noexcept;
// Changes the size in place when the block can hold it.
bool resize(void* p, std::size_t n) noexcept;
std::uint32_t site_of(const void* p) noexcept;  // of the live block that contains p; 0 = none
// Gives this thread's lists back. At a thread's end.
void thread_ended() noexcept;
// Around fork(): no lock is held by a thread that the child does not have.
void before_fork() noexcept;
void after_fork() noexcept;
}  // namespace heap

}  // namespace gosan::intercept
