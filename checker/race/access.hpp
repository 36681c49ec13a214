// Accesses. Of those of one granule generated code has found by itself (same_epoch) that they are new.
#pragma once

#include <cstddef>
#include <cstdint>

#include "race/shadow_layout.hpp"
#include "race/states.hpp"

namespace gosan::race {

// The running actor accesses [p, p + n), in pieces of `each` bytes when that is not 0; `pc` is the return address of the access.
void access(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t each = 0) noexcept;
// The same of n bytes, mostly aligned, for the sizes of GOSAN_ACCESS_SIZES.
template <unsigned n, access_kind kind>
void access_aligned(std::uintptr_t p, std::uintptr_t pc) noexcept;

// An access to something that is no memory of the program (a channel's state): `location` is an address of the checker's own
// that stands for it, forgotten like any other. What a conflict means is the caller's to say. Returns whether there was one.
bool access_pseudo(const void* location, const entry& x, const clock& past, conflicts_found& races) noexcept;

// The context node of the place `pc` in the running function.
std::uint32_t site_of(std::uintptr_t pc) noexcept;

// The bytes are new: earlier accesses to them are forgotten.
void forget(std::uintptr_t p, std::size_t n) noexcept;

}  // namespace gosan::race
