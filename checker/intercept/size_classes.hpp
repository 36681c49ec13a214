// Sizes of blocks: multiples of 16 up to 128, then four per power of two.
#pragma once

#include <bit>
#include <cstddef>

namespace gosan::intercept {

inline constexpr std::size_t smallest_block = 16, largest_small = 8192, largest_cached = std::size_t{1} << 20;

constexpr unsigned class_of(std::size_t n) noexcept {
  if (n <= 128) return n <= smallest_block ? 0 : static_cast<unsigned>((n - 1) / 16);
  const unsigned log = static_cast<unsigned>(std::bit_width(n - 1)) - 1;  // 2^log < n <= 2^(log + 1)
  const auto quarter = static_cast<unsigned>((n - 1) >> (log - 2)) & 3;
  return 8 + (log - 7) * 4 + quarter;
}

constexpr std::size_t size_of_class(unsigned c) noexcept {
  if (c < 8) return (c + 1) * 16;
  const unsigned log = 7 + (c - 8) / 4;
  return (std::size_t{1} << log) + ((c - 8) % 4 + 1) * (std::size_t{1} << (log - 2));
}

inline constexpr unsigned small_classes = class_of(largest_small) + 1;
inline constexpr unsigned all_classes = class_of(largest_cached) + 1;
static_assert(class_of(16) == 0 && class_of(17) == 1 && class_of(128) == 7 && class_of(129) == 8);
static_assert(size_of_class(class_of(8192)) == 8192 && size_of_class(class_of(1000)) == 1024);
static_assert(size_of_class(class_of(largest_cached)) == largest_cached);

}  // namespace gosan::intercept
