// A table indexed by a serial number: state of an actor or an object that is found by its id without a lock or a hash.
//
// Entries are zero until first used; T must be valid as all zeroes and needs no destructor. Lookups are lock-free: pages
// are published once and stay mapped. retire(id) says that an entry is over; when a whole page is over, its memory goes back
// to the system and the entries read as zeroes again, so a long-running program pays for what lives. reuse(id) says the same of an entry
// to which nobody holds a reference any more: such a page serves later ids, since memory that is there costs less than new. Who asks for
// one of its ids again all the same gets an entry that nobody reads. reuse()
// may ask for the page to be kept as it is until so many more entries are over: then they are remembered that long.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

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
  bool reuse(std::uint64_t id) noexcept {
    return reuse(id, 1, 0, 0, [](std::uint64_t) {});
  }
  // The same of `n` entries, `id` and others of its page, when `so_far` of the table are over. A page whose entries are all over stays
  // until `keep` more are; of each that goes then, forgotten(its first id) is called.
  template <typename F>
  bool reuse(std::uint64_t id, std::uint32_t n, std::uint64_t so_far, std::uint64_t keep, F forgotten) noexcept;
  // The same of all entries of the page that begins with `first`.
  void reuse_page(std::uint64_t first) noexcept {
    reuse(first, all, 0, 0, [](std::uint64_t) {});
  }
  // The entries of the page that begins with `first`; none when it was never touched.
  std::span<T> page_from(std::uint64_t first) const noexcept {
    T* entry = find(first);
    return {entry, entry ? all : 0};
  }
  // Gives the memory of a page back, if there is one. REQUIRES: none of its entries is used any more.
  void forget_page(std::uint64_t id) noexcept;

  static constexpr unsigned entry_bits = 10;
  static constexpr std::uint32_t all = 1u << entry_bits;  // entries of a page

 protected:
  // Gives all pages back; the table is empty then. Nobody else may be using it.
  void release() noexcept;

 private:
  static constexpr unsigned mid_bits = 13, root_bits = 14;
  static constexpr std::uint64_t entry_mask = (1u << entry_bits) - 1;
  // Its entries and nothing else, so that it ends where pages of the system do.
  struct page {
    T entries[1u << entry_bits];
  };
  struct page_state {
    std::atomic<std::uint32_t> over;  // entries that were retired
    // Of one whose entries are all over. [guarded by the lock of the list that it is in]
    page_state* next;
    std::uint64_t first, since;  // its first id, and how many were over then
    page* idle;                  // its memory, when that waits to serve others
  };
  struct mid {
    std::atomic<page*> pages[1u << mid_bits];
    page_state states[1u << mid_bits];
  };
  [[gnu::noinline, gnu::cold]] mid& make_mid(std::atomic<mid*>& slot) noexcept;
  [[gnu::noinline, gnu::cold]] page& make_page(mid& m, std::size_t place) noexcept;
  template <typename U>
  static U& publish(std::atomic<U*>& slot, U* fresh) noexcept;
  mid& mid_of(std::uint64_t id) noexcept {
    std::atomic<mid*>& slot = root_[(id >> (entry_bits + mid_bits)) & ((1u << root_bits) - 1)];
    mid* seen = slot.load(std::memory_order_acquire);  // [PAGE]
    return seen ? *seen : make_mid(slot);
  }
  static constexpr std::size_t place_of(std::uint64_t id) noexcept { return (id >> entry_bits) & ((1u << mid_bits) - 1); }
  page& page_of(std::uint64_t id) noexcept {
    mid& m = mid_of(id);
    page* seen = m.pages[place_of(id)].load(std::memory_order_acquire);  // [PAGE]
    return seen ? *seen : make_page(m, place_of(id));
  }

  static bool is_over(page_state& s, std::uint32_t more = 1) noexcept {
    return s.over.fetch_add(more, std::memory_order_acq_rel) + more == all;
  }
  // Pages that are over, the one that was so first in front.
  struct pages_over {
    spin_lock lock;
    std::size_t count = 0;
    page_state *first = nullptr, *last = nullptr;
    void push(page_state& s) noexcept {
      s.next = nullptr;
      (first ? last->next : first) = &s;
      last = &s;
      ++count;
    }
    page_state* pop() noexcept {
      --count;
      return std::exchange(first, first->next);
    }
  };
  // In waiting to serve others; one at least stays, for the sake of readers that found an entry of it a moment ago. More than these
  // go back to the system: on some machines it takes longer to get one again than to use it.
  static constexpr std::size_t most_idle = std::max<std::size_t>(64, (std::size_t{16} << 20) / sizeof(page));
  page* take_idle() noexcept;
  void keep_idle(page_state& s) noexcept;
  // Remembered.
  void keep(page_state& s, std::uint64_t id, std::uint64_t now) noexcept;
  page_state* take_kept(std::uint64_t until) noexcept;

  std::atomic<mid*> root_[1u << root_bits] = {};
  std::atomic<page*> graveyard_{nullptr};  // for who comes to an entry after the end of its page
  pages_over idle_, kept_;
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
auto paged_table<T>::make_mid(std::atomic<mid*>& slot) noexcept -> mid& {
  return publish(slot, static_cast<mid*>(map_zeroed(sizeof(mid))));
}

template <typename T>
auto paged_table<T>::make_page(mid& m, std::size_t place) noexcept -> page& {
  // Mapped alone when large, so that retire() can give it back. Serial numbers come one after the other: all of a small page will be used.
  constexpr bool now = sizeof(page) <= (1u << 17);
  if (m.states[place].over.load(std::memory_order_relaxed) >= all) {
    page* seen = graveyard_.load(std::memory_order_acquire);  // [PAGE]
    return seen ? *seen : publish(graveyard_, static_cast<page*>(map_zeroed(sizeof(page))));
  }
  page* fresh = take_idle();
  return publish(m.pages[place], fresh ? fresh : static_cast<page*>(map_zeroed(sizeof(page), now)));
}

// The first one wins.
template <typename T>
template <typename U>
U& paged_table<T>::publish(std::atomic<U*>& slot, U* fresh) noexcept {
  U* expected = nullptr;
  if (slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;  // [PAGE]
  unmap(static_cast<void*>(fresh), sizeof(U));
  return *expected;
}

template <typename T>
bool paged_table<T>::retire(std::uint64_t id) noexcept {
  page& p = page_of(id);
  if (!is_over(mid_of(id).states[place_of(id)])) return false;
  madvise(static_cast<void*>(&p), sizeof(page), MADV_DONTNEED);
  return true;
}

template <typename T>
template <typename F>
bool paged_table<T>::reuse(std::uint64_t id, std::uint32_t n, std::uint64_t so_far, std::uint64_t keep_for, F forgotten) noexcept {
  page_state& over = mid_of(id).states[place_of(id)];
  if (!is_over(over, n)) return false;
  keep(over, id & ~entry_mask, so_far);
  while (page_state* s = take_kept(so_far - std::min(so_far, keep_for))) {
    forgotten(s->first);
    keep_idle(*s);
  }
  return true;
}

template <typename T>
void paged_table<T>::keep(page_state& s, std::uint64_t id, std::uint64_t now) noexcept {
  const std::lock_guard hold(kept_.lock);
  s.first = id, s.since = now;
  kept_.push(s);
}

// One that was over when no more than `until` were.
template <typename T>
auto paged_table<T>::take_kept(std::uint64_t until) noexcept -> page_state* {
  const std::lock_guard hold(kept_.lock);
  return kept_.count && kept_.first->since <= until ? kept_.pop() : nullptr;
}

template <typename T>
void paged_table<T>::forget_page(std::uint64_t id) noexcept {
  if (T* entry = find(id & ~entry_mask)) madvise(static_cast<void*>(entry), sizeof(page), MADV_DONTNEED);
}

template <typename T>
void paged_table<T>::keep_idle(page_state& s) noexcept {
  std::atomic<page*>& slot = mid_of(s.first).pages[place_of(s.first)];
  page* p = slot.load(std::memory_order_relaxed);
  if (!p) return;  // no entry of it was ever used
  {
    const std::lock_guard hold(idle_.lock);
    if (idle_.count < most_idle) {
      slot.store(nullptr, std::memory_order_relaxed);
      s.idle = p;
      return idle_.push(s);
    }
  }
  madvise(static_cast<void*>(p), sizeof(page), MADV_DONTNEED);  // never unmapped: somebody may be reading an entry
}

// The one that has waited longest.
template <typename T>
auto paged_table<T>::take_idle() noexcept -> page* {
  page* p = nullptr;
  {
    const std::lock_guard hold(idle_.lock);
    if (idle_.count < 2) return nullptr;
    p = std::exchange(idle_.pop()->idle, nullptr);
  }
  std::memset(static_cast<void*>(p), 0, sizeof(page));
  return p;
}

template <typename T>
void paged_table<T>::release() noexcept {
  while (idle_.count) unmap(static_cast<void*>(idle_.pop()->idle), sizeof(page));
  if (page* p = graveyard_.exchange(nullptr, std::memory_order_relaxed)) unmap(static_cast<void*>(p), sizeof(page));
  for (std::atomic<mid*>& slot : root_) {
    mid* m = slot.exchange(nullptr, std::memory_order_relaxed);
    if (!m) continue;
    for (std::atomic<page*>& p : m->pages)
      if (page* mapped = p.load(std::memory_order_relaxed)) unmap(static_cast<void*>(mapped), sizeof(page));
    unmap(static_cast<void*>(m), sizeof(mid));
  }
}

}  // namespace gosan::live
