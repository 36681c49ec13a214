// A list of entries being put together: short ones on the stack, long ones in memory of the checker.
#pragma once

#include <cstring>

#include "live/live.hpp"
#include "race/shadow_layout.hpp"

namespace gosan::race {

class entry_list {
 public:
  entry_list() = default;
  ~entry_list() {
    if (items_ != few_) live::internal_free(items_, room_ * sizeof(stored_entry));
  }
  entry_list(const entry_list&) = delete;
  entry_list& operator=(const entry_list&) = delete;

  void add(const stored_entry& e) noexcept {
    if (size_ == room_) grow();
    items_[size_++] = e;
  }
  void clear() noexcept { size_ = 0; }
  std::uint32_t size() const noexcept { return size_; }
  stored_entry* begin() noexcept { return items_; }
  stored_entry* end() noexcept { return items_ + size_; }
  const stored_entry* begin() const noexcept { return items_; }
  const stored_entry* end() const noexcept { return items_ + size_; }

 private:
  static constexpr std::uint32_t few = 16;
  void grow() noexcept {
    auto* more = static_cast<stored_entry*>(live::internal_alloc(2 * room_ * sizeof(stored_entry)));
    std::memcpy(static_cast<void*>(more), items_, size_ * sizeof(stored_entry));
    if (items_ != few_) live::internal_free(items_, room_ * sizeof(stored_entry));
    items_ = more;
    room_ *= 2;
  }

  stored_entry few_[few];
  stored_entry* items_ = few_;
  std::uint32_t size_ = 0, room_ = few;
};

}  // namespace gosan::race
