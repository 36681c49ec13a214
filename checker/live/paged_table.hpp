// A table indexed by a serial number: state of an actor or an object that is found by its id without a lock or a hash.
//
// Entries are zero until first used; T must be valid as all zeroes and needs no destructor. Lookups are lock-free: pages
// are published once and stay mapped. retire(id) says that an entry is over; when a whole page is over, its memory goes back
// to the system and the entries read as zeroes again, so a long-running program pays for what lives.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "live/live.hpp"

namespace gosan::live {

template <typename T>
class paged_table {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  // The entry of `id`, made at the first use.
  T& at(std::uint64_t id) noexcept { return page_of(id).entries[id & entry_mask]; }
  // The entry, or null when its page was never touched.
  T* find(std::uint64_t id) const noexcept;
  // The entry will not be used any more. Call once per id.
  void retire(std::uint64_t id) noexcept;

 protected:
  // Gives all pages back; the table is empty then. Nobody else may be using it.
  void release() noexcept;

 private:
  static constexpr unsigned entry_bits = 10, mid_bits = 13, root_bits = 14;
  static constexpr std::uint64_t entry_mask = (1u << entry_bits) - 1;
  struct page {
    T entries[1u << entry_bits];
    std::atomic<std::uint32_t> over;  // entries that were retired
  };
  struct mid {
    std::atomic<page*> pages[1u << mid_bits];
  };

  template <typename U>
  static U& ensure(std::atomic<U*>& slot) noexcept {
    U* seen = slot.load(std::memory_order_acquire);  // [PAGE]
    return seen ? *seen : make(slot);
  }
  template <typename U>
  [[gnu::noinline, gnu::cold]] static U& make(std::atomic<U*>& slot) noexcept;
  page& page_of(std::uint64_t id) noexcept {
    mid& m = ensure(root_[(id >> (entry_bits + mid_bits)) & ((1u << root_bits) - 1)]);
    return ensure(m.pages[(id >> entry_bits) & ((1u << mid_bits) - 1)]);
  }

  std::atomic<mid*> root_[1u << root_bits] = {};
};

// One that goes with its owner. A table of the whole process is none: threads may come by while it ends.
template <typename T>
class owned_table : public paged_table<T> {
 public:
  constexpr owned_table() noexcept = default;
  ~owned_table() { this->release(); }
  owned_table(const owned_table&) = delete;
  owned_table& operator=(const owned_table&) = delete;
};

// ---- inline bodies ----

template <typename T>
T* paged_table<T>::find(std::uint64_t id) const noexcept {
  // Acquire meets the release in make(): a page is seen with its zeroes. [PAGE]
  mid* m = root_[(id >> (entry_bits + mid_bits)) & ((1u << root_bits) - 1)].load(std::memory_order_acquire);
  page* p = m ? m->pages[(id >> entry_bits) & ((1u << mid_bits) - 1)].load(std::memory_order_acquire) : nullptr;
  return p ? &p->entries[id & entry_mask] : nullptr;
}

template <typename T>
template <typename U>
U& paged_table<T>::make(std::atomic<U*>& slot) noexcept {
  // Mapped alone when large, so that retire() can give it back. Serial numbers come one after the other: all of a small page will be used.
  constexpr bool now = std::is_same_v<U, page> && sizeof(U) <= (1u << 16);
  U* fresh = static_cast<U*>(map_zeroed(sizeof(U), now));
  U* expected = nullptr;
  if (slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;  // [PAGE]
  unmap(static_cast<void*>(fresh), sizeof(U));
  return *expected;
}

template <typename T>
void paged_table<T>::retire(std::uint64_t id) noexcept {
  page& p = page_of(id);
  if (p.over.fetch_add(1, std::memory_order_acq_rel) + 1 != (1u << entry_bits)) return;
  madvise(static_cast<void*>(&p), sizeof(page), MADV_DONTNEED);
}

template <typename T>
void paged_table<T>::release() noexcept {
  for (std::atomic<mid*>& slot : root_) {
    mid* m = slot.exchange(nullptr, std::memory_order_relaxed);
    if (!m) continue;
    for (std::atomic<page*>& p : m->pages)
      if (page* mapped = p.load(std::memory_order_relaxed)) unmap(static_cast<void*>(mapped), sizeof(page));
    unmap(static_cast<void*>(m), sizeof(mid));
  }
}

}  // namespace gosan::live
