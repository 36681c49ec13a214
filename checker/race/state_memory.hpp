// Where states lie: one reserved range of address space, handed out to threads in areas.
#pragma once

#include "race/states.hpp"

namespace gosan::race::states::memory {
// Room for a state with so many entries.
state* allocate(std::uint32_t entries, area& mine, state_id& id) noexcept;
// The same, filling a power of two of bytes and not across its multiples: `entries` + 1 is a power of two.
state* allocate_aligned(std::uint32_t entries, area& mine, state_id& id) noexcept;
// So many entries at the end of the state allocated last are not needed.
inline void give_back(std::uint32_t entries, area& mine) noexcept { mine.next -= entries; }
}  // namespace gosan::race::states::memory
