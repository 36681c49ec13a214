// Standard containers on the checker's own memory: never the user's allocator, so an interceptor of malloc may use them.
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "live/live.hpp"

namespace gosan::live {

template <typename T>
struct internal_allocator {
  using value_type = T;
  internal_allocator() = default;
  template <typename U>
  internal_allocator(const internal_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(internal_alloc(n * sizeof(T), alignof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { internal_free(p, n * sizeof(T)); }
  template <typename U>
  bool operator==(const internal_allocator<U>&) const noexcept { return true; }
};

template <typename T>
using ivector = std::vector<T, internal_allocator<T>>;
template <typename K, typename V, typename H = std::hash<K>>
using imap = std::unordered_map<K, V, H, std::equal_to<K>, internal_allocator<std::pair<const K, V>>>;
template <typename K, typename H = std::hash<K>>
using iset = std::unordered_set<K, H, std::equal_to<K>, internal_allocator<K>>;

// Bytes taken from the system so far, for the report's footer.
std::size_t internal_bytes() noexcept;

}  // namespace gosan::live
