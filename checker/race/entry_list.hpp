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
  // Both are sorted by `less`, and so is what becomes of this one: from the end, so that it needs no room besides.
  template <typename Less>
  void merge(const entry_list& other, Less less) noexcept {
    const std::uint32_t before = size_;
    while (room_ < before + other.size_) grow();
    size_ = before + other.size_;
    stored_entry *mine = items_ + before, *to = end();
    for (const stored_entry* e = other.end(); e != other.begin();) {
      const bool mine_is_last = mine != items_ && less(e[-1], mine[-1]);
      *--to = mine_is_last ? *--mine : *--e;
    }
  }
  // What is before `end` stays.
  void cut(const stored_entry* end) noexcept { size_ = static_cast<std::uint32_t>(end - items_); }
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
