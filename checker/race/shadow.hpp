// The words of granules. A word is changed by compare-and-swap only, so each access takes a location from one state to the
// next as a whole, and two accesses of different threads are seen in one order.
#pragma once

#include "race/shadow_layout.hpp"

namespace gosan::race::shadow {
// The word of a granule; its leaf is mapped when missing.
std::uint32_t* map_word(std::uintptr_t address) noexcept;
inline std::uint32_t* word(std::uintptr_t address) noexcept {
  std::uint32_t* w = word_of(address);
  return w ? w : map_word(address);
}
// Maps the leaves of [first, last), so that the check in generated code finds words.
void map(std::uintptr_t first, std::uintptr_t last) noexcept;
// To be called for the address of a word that was changed: pages without such words cost nothing to forget.
void note_touched(std::uintptr_t address) noexcept;
// Forgets whole granules: [first, last), both multiples of 8.
void forget(std::uintptr_t first, std::uintptr_t last) noexcept;
// Forgets everything, and gives the memory back.
void forget_all() noexcept;
// Of pages with words that may be set.
std::uint64_t bytes_touched() noexcept;
// Calls f(words, count, arg) for the words of each page that may have some set.
void for_each_touched_page(void (*f)(std::uint32_t* words, std::size_t count, void* arg) noexcept, void* arg) noexcept;
std::uint64_t leaves() noexcept;
}  // namespace gosan::race::shadow
