// Memory for work done while the world is stopped: a thread may have been stopped inside any allocator, the checker's own
// included, so this one shares nothing with anybody. Blocks are not reused; all go at once. One user at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gosan::live {

void* scratch_alloc(std::size_t n) noexcept;
void scratch_release_all() noexcept;

template <typename T>
struct scratch_allocator {
  using value_type = T;
  scratch_allocator() = default;
  template <typename U>
  scratch_allocator(const scratch_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(scratch_alloc(n * sizeof(T))); }
  void deallocate(T*, std::size_t) noexcept {}
  template <typename U>
  bool operator==(const scratch_allocator<U>&) const noexcept { return true; }
};

template <typename T>
using svector = std::vector<T, scratch_allocator<T>>;
template <typename K, typename V>
using smap = std::unordered_map<K, V, std::hash<K>, std::equal_to<K>, scratch_allocator<std::pair<const K, V>>>;
template <typename K>
using sset = std::unordered_set<K, std::hash<K>, std::equal_to<K>, scratch_allocator<K>>;

}  // namespace gosan::live
