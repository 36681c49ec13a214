// A table indexed by a serial number: state of an actor or an object that is found by its id without a lock or a hash.
//
// Entries are zero until first used; T must be valid as all zeroes and needs no destructor. Lookups are lock-free: pages
// are published once and stay mapped. retire(id) says that an entry is over; when a whole page is over, its memory goes back
// to the system and the entries read as zeroes again, so a long-running program pays for what lives. reuse(id) says the same of an entry
// that nobody writes any more whatever the program does: such a page serves later ids, since memory that is there costs less than new. It
// may ask for the page to be kept as it is until so many more entries are over: then they are remembered that long.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <type_traits>

#include "live/live.hpp"
#include "live/spin_lock.hpp"

namespace gosan::live {

template <typename T>
class paged_table {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  // The entry of `id`, made at the first use.
  T& at(std::uint64_t id) noexcept { return page_of(id).entries[id & entry_mask]; }
  // The entry, or null when its page was never touched.
  T* find(std::uint64_t id) const noexcept;
  // The entry will not be used any more. Call once per id. True: nor will any other of its page.
  bool retire(std::uint64_t id) noexcept;
  void reuse(std::uint64_t id) noexcept {
    reuse(id, 1, 0, 0, [](std::uint64_t) {});
  }
  // The same of `n` entries, `id` and others of its page, when `so_far` of the table are over. A page whose entries are all over stays
  // until `keep` more are; of each that goes then, forgotten(its first id) is called.
  template <typename F>
  void reuse(std::uint64_t id, std::uint32_t n, std::uint64_t so_far, std::uint64_t keep, F forgotten) noexcept;
  // Gives the memory of a page back, if there is one. REQUIRES: none of its entries is used any more.
  void forget_page(std::uint64_t id) noexcept;

  static constexpr unsigned entry_bits = 10;

 protected:
  // Gives all pages back; the table is empty then. Nobody else may be using it.
  void release() noexcept;

 private:
  static constexpr unsigned mid_bits = 13, root_bits = 14;
  static constexpr std::uint64_t entry_mask = (1u << entry_bits) - 1;
  struct page {
    T entries[1u << entry_bits];
    std::atomic<std::uint32_t> over;  // entries that were retired
    // Of one whose entries are all over, and that is kept. [guarded by the lock of kept_]
    page* next;
    std::uint64_t first, since;  // its first id, and how many were over then
  };
  struct mid {
    std::atomic<page*> pages[1u << mid_bits];
  };

  template <typename U>
  U& ensure(std::atomic<U*>& slot) noexcept {
    U* seen = slot.load(std::memory_order_acquire);  // [PAGE]
    return seen ? *seen : make(slot);
  }
  template <typename U>
  [[gnu::noinline, gnu::cold]] U& make(std::atomic<U*>& slot) noexcept;
  std::atomic<page*>& slot_of(std::uint64_t id) noexcept {
    mid& m = ensure(root_[(id >> (entry_bits + mid_bits)) & ((1u << root_bits) - 1)]);
    return m.pages[(id >> entry_bits) & ((1u << mid_bits) - 1)];
  }
  page& page_of(std::uint64_t id) noexcept { return ensure(slot_of(id)); }

  bool is_over(page& p, std::uint32_t more = 1) noexcept {
    return p.over.fetch_add(more, std::memory_order_acq_rel) + more == (1u << entry_bits);
  }
  // Pages in waiting, the latest in front; one at least stays, for the sake of readers that found an entry of it a moment ago.
  static constexpr std::size_t most_idle = 64;
  struct idle_pages {
    spin_lock lock;
    std::size_t count = 0;
    page* pages[most_idle] = {};
  };
  page* take_idle() noexcept;
  bool keep_idle(std::atomic<page*>& slot) noexcept;

  // Those that are remembered, the one that was over first in front.
  struct kept_pages {
    spin_lock lock;
    page *first = nullptr, *last = nullptr;
  };
  void keep(page& p, std::uint64_t id, std::uint64_t now) noexcept;
  page* take_kept(std::uint64_t until) noexcept;

  std::atomic<mid*> root_[1u << root_bits] = {};
  idle_pages idle_;
  kept_pages kept_;
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
  constexpr bool now = std::is_same_v<U, page> && sizeof(U) <= (1u << 17);
  U* fresh = nullptr;
  if constexpr (std::is_same_v<U, page>) fresh = take_idle();
  if (!fresh) fresh = static_cast<U*>(map_zeroed(sizeof(U), now));
  U* expected = nullptr;
  if (slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;  // [PAGE]
  unmap(static_cast<void*>(fresh), sizeof(U));
  return *expected;
}

template <typename T>
bool paged_table<T>::retire(std::uint64_t id) noexcept {
  page& p = page_of(id);
  if (!is_over(p)) return false;
  madvise(static_cast<void*>(&p), sizeof(page), MADV_DONTNEED);
  return true;
}

template <typename T>
template <typename F>
void paged_table<T>::reuse(std::uint64_t id, std::uint32_t n, std::uint64_t so_far, std::uint64_t keep_for, F forgotten) noexcept {
  page& over = page_of(id);
  if (!is_over(over, n)) return;
  keep(over, id & ~entry_mask, so_far);
  while (page* p = take_kept(so_far - std::min(so_far, keep_for))) {
    const std::uint64_t first = p->first;
    forgotten(first);
    if (!keep_idle(slot_of(first))) madvise(static_cast<void*>(p), sizeof(page), MADV_DONTNEED);  // never unmapped: somebody may be reading an entry
  }
}

template <typename T>
void paged_table<T>::keep(page& p, std::uint64_t id, std::uint64_t now) noexcept {
  const std::lock_guard hold(kept_.lock);
  p.next = nullptr, p.first = id, p.since = now;
  (kept_.first ? kept_.last->next : kept_.first) = &p;
  kept_.last = &p;
}

// One that was over when no more than `until` were.
template <typename T>
auto paged_table<T>::take_kept(std::uint64_t until) noexcept -> page* {
  const std::lock_guard hold(kept_.lock);
  page* p = kept_.first;
  if (!p || p->since > until) return nullptr;
  kept_.first = p->next;
  return p;
}

template <typename T>
void paged_table<T>::forget_page(std::uint64_t id) noexcept {
  if (T* entry = find(id & ~entry_mask)) madvise(static_cast<void*>(entry), sizeof(page), MADV_DONTNEED);
}

template <typename T>
bool paged_table<T>::keep_idle(std::atomic<page*>& slot) noexcept {
  const std::lock_guard hold(idle_.lock);
  if (idle_.count == most_idle) return false;
  std::memmove(idle_.pages + 1, idle_.pages, idle_.count++ * sizeof(page*));
  idle_.pages[0] = slot.exchange(nullptr, std::memory_order_relaxed);
  return true;
}

// The one that has waited longest.
template <typename T>
auto paged_table<T>::take_idle() noexcept -> page* {
  page* p = nullptr;
  {
    const std::lock_guard hold(idle_.lock);
    if (idle_.count < 2) return nullptr;
    p = idle_.pages[--idle_.count];
  }
  std::memset(static_cast<void*>(p), 0, sizeof(page));
  return p;
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
  while (idle_.count) unmap(static_cast<void*>(idle_.pages[--idle_.count]), sizeof(page));
}

}  // namespace gosan::live
