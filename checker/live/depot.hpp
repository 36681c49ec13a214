// Interned call stacks and texts. Reads and re-interning of what is known take no lock; nothing is ever removed.
#pragma once

#include <atomic>
#include <span>
#include <string_view>

#include "live/live.hpp"

namespace gosan::live {

// What lies in the depot, for the life of the process; its bytes follow.
struct interned {
  std::uint64_t hash;
  std::uint32_t size;
  std::atomic<std::uint32_t> id;  // 0 until the one who inserted it has numbered it
  interned* next;

  std::span<const std::uintptr_t> stack() const noexcept {
    return {reinterpret_cast<const std::uintptr_t*>(this + 1), size / sizeof(std::uintptr_t)};
  }
};
static_assert(sizeof(interned) % alignof(std::uintptr_t) == 0);

// With its number. REQUIRES: at least one.
const interned& interned_stack(std::span<const std::uintptr_t> return_addresses) noexcept;
events::text_id intern_text(std::string_view s) noexcept;
std::string_view view_of(events::text_id id) noexcept;  // lives as long as the process

}  // namespace gosan::live
