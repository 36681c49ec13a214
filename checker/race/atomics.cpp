#include "race/atomics.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <type_traits>
#include <utility>

#include "events/sink.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"

namespace gosan::race {
namespace {

constexpr unsigned page_bits = 12, slots_per_page = 1u << (page_bits - granule_bits);
constexpr std::size_t leaf_span = std::size_t{1} << leaf_bits, pages_per_leaf = leaf_span >> page_bits;

// Which granules have atomic objects with clocks: root -> leaf of 64 MiB -> page of 4 KiB -> list per granule.
struct sync_page {
  std::atomic<sync_var*> lists[slots_per_page];
};
struct sync_leaf {
  std::atomic<sync_page*> pages[pages_per_leaf];
};
constinit sync_leaf* root[root_entries] = {};  // through root_slot() only
constinit std::atomic<std::uint64_t> alive{0};

// The lists of several addresses have one lock. Order of locks: a stripe's, then a sync_var's.
constexpr unsigned stripes = 1024;
struct alignas(64) stripe {
  live::spin_lock lock;
  sync_var* spare = nullptr;  // nobody's, made for these addresses once
};
constinit stripe locks[stripes];

stripe& stripe_of(std::uintptr_t a) noexcept {
  return locks[((a >> granule_bits) * 0x9E3779B97F4A7C15ull) >> 54];
}

std::atomic_ref<sync_leaf*> root_slot(std::uintptr_t a) noexcept {
  return std::atomic_ref(root[(a >> leaf_bits) & (root_entries - 1)]);
}

// `slot` is an atomic or an atomic_ref of a pointer.
template <typename Slot>
auto ensure(Slot&& slot) noexcept {
  using T = std::remove_pointer_t<decltype(slot.load())>;
  if (T* seen = slot.load(std::memory_order_acquire)) return seen;  // [SYNC]
  T* fresh = static_cast<T*>(live::map_zeroed(sizeof(T)));
  T* expected = nullptr;
  if (slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return fresh;  // [SYNC]
  live::unmap(static_cast<void*>(fresh), sizeof(T));
  return expected;
}

std::atomic<sync_var*>* list_of(std::uintptr_t a) noexcept {
  sync_leaf* leaf = root_slot(a).load(std::memory_order_acquire);
  if (!leaf) return nullptr;
  sync_page* page = leaf->pages[(a >> page_bits) & (pages_per_leaf - 1)].load(std::memory_order_acquire);
  return page ? &page->lists[(a >> granule_bits) & (slots_per_page - 1)] : nullptr;
}

std::atomic<sync_var*>& make_list(std::uintptr_t a) noexcept {
  sync_leaf* leaf = ensure(root_slot(a));
  sync_page* page = ensure(leaf->pages[(a >> page_bits) & (pages_per_leaf - 1)]);
  return page->lists[(a >> granule_bits) & (slots_per_page - 1)];
}

void destroyed(events::object_id id) noexcept {
  // The memory is taken for the tool itself, by who holds a lock of a detector that the event would come to.
  if (live::in_the_midst) return;
  events::event e;
  e.what = events::kind::obj_destroy;
  e.g = __gosan_thread.actor ? __gosan_thread.actor->id : 0;
  e.obj = id;
  events::sink::emit(e);
}

std::uintptr_t address_of(const sync_var& v) noexcept { return v.address.load(std::memory_order_relaxed); }

sync_var& take_spare(stripe& of) noexcept {
  if (!of.spare) return *new (live::internal_alloc(sizeof(sync_var), alignof(sync_var))) sync_var{};
  return *std::exchange(of.spare, of.spare->next);
}

// Waits for who is about to find out that it is forgotten. Returns its object.
events::object_id make_spare(sync_var& v, stripe& of) noexcept {
  v.lock.lock();
  const events::object_id had = std::exchange(v.object, 0);
  v.address.store(0, std::memory_order_relaxed);
  v.left_by = 0;
  v.carried.clear();
  v.lock.unlock();
  v.next = std::exchange(of.spare, &v);
  alive.fetch_sub(1, std::memory_order_relaxed);
  return had;
}

// Takes one of them out. False: there is none.
bool forget_one(std::atomic<sync_var*>& list, std::uintptr_t first, std::uintptr_t last, stripe& of) noexcept {
  of.lock.lock();
  sync_var *v = list.load(std::memory_order_relaxed), *before = nullptr;
  for (; v && (address_of(*v) < first || address_of(*v) >= last); v = v->next) before = v;
  events::object_id had = 0;
  if (v) {
    before ? void(before->next = v->next) : list.store(v->next, std::memory_order_release);
    had = make_spare(*v, of);
  }
  of.lock.unlock();
  if (had) destroyed(had);
  return v;
}

void forget_granule(std::uintptr_t a, std::uintptr_t first, std::uintptr_t last) noexcept {
  std::atomic<sync_var*>* list = list_of(a);
  if (!list || !list->load(std::memory_order_relaxed)) return;
  while (forget_one(*list, first, last, stripe_of(a))) {
  }
}

clock& made(clock*& c) noexcept {
  if (!c) c = new (live::internal_alloc(sizeof(clock))) clock;
  return *c;
}

}  // namespace

bool any_objects() noexcept { return alive.load(std::memory_order_relaxed) != 0; }

bool carries_anything(std::uintptr_t a) noexcept {
  std::atomic<sync_var*>* list = list_of(a);
  return list && list->load(std::memory_order_acquire);
}

sync_var* atomic_section::approach(std::uintptr_t address) noexcept {
  const std::atomic<sync_var*>* list = list_of(address);
  sync_var* first = list ? list->load(std::memory_order_acquire) : nullptr;  // [SYNCVAR]
  if (first) __builtin_prefetch(first, 1);
  else __builtin_prefetch(&stripe_of(address), 1);
  return first;
}

atomic_section::atomic_section(std::uintptr_t address, sync_var* near) noexcept : address_(address) {
  if (near) near->lock.lock();
  if (near && address_of(*near) == address) [[likely]] found_ = near;
  if (found_) return;
  if (near) near->lock.unlock();
  hold_by_address();
}

// Who finds none holds on to the address, so that none is made meanwhile.
void atomic_section::hold_by_address() noexcept {
  stripe& s = stripe_of(address_);
  s.lock.lock();
  std::atomic<sync_var*>* list = list_of(address_);
  sync_var* v = list ? list->load(std::memory_order_relaxed) : nullptr;
  while (v && address_of(*v) != address_) v = v->next;
  if (!v) return;
  v->lock.lock();
  s.lock.unlock();
  found_ = v;
}

atomic_section::~atomic_section() { (found_ ? found_->lock : stripe_of(address_).lock).unlock(); }

sync_var& atomic_section::make_new() noexcept {
  stripe& s = stripe_of(address_);
  std::atomic<sync_var*>& list = make_list(address_);
  sync_var& v = take_spare(s);
  v.lock.lock();
  v.address.store(address_, std::memory_order_relaxed);
  v.next = list.load(std::memory_order_relaxed);
  list.store(&v, std::memory_order_release);  // [SYNCVAR] meets the loads without the lock
  s.lock.unlock();
  alive.fetch_add(1, std::memory_order_relaxed);
  return *(found_ = &v);
}

events::object_id atomic_section::object() noexcept {
  sync_var& v = make();
  if (!v.object) std::atomic_ref(v.object).store(events::sink::new_object(reinterpret_cast<const void*>(address_)), std::memory_order_relaxed);
  return v.object;
}

events::object_id object_at(std::uintptr_t address) noexcept {
  // The object that is used cannot be forgotten meanwhile, so when it is the first of its granule, it may be read without the lock.
  if (const std::atomic<sync_var*>* list = list_of(address))
    if (sync_var* v = list->load(std::memory_order_acquire); v && address_of(*v) == address)
      if (const events::object_id id = std::atomic_ref(v->object).load(std::memory_order_relaxed)) return id;
  return atomic_section(address).object();
}

void atomic_section::after_load(actor_state& a, int order) noexcept {
  sync_var* const v = found_;
  if (!v || v->carried.empty() || actors::knows(a, v->left_by)) return;
  if (acquires(order)) actors::acquire(a, v->carried);
  else made(a.to_acquire).join(v->carried, no_epoch);
}

void atomic_section::release_from(actor_state& a) noexcept {
  sync_var& v = make();
  v.left_by = a.now;
  actors::release(a, v.carried);
}

void atomic_section::before_store(actor_state& a, int order) noexcept {
  if (releases(order)) return release_from(a);
  if (a.at_fence) {
    sync_var& v = make();
    v.carried = *a.at_fence;
    v.left_by = no_epoch;
    return;
  }
  if (found_) found_->carried.clear();
}

void atomic_section::before_exchange(actor_state& a, int order) noexcept {
  if (releases(order) || a.at_fence) make();
}

void atomic_section::after_exchange(actor_state& a, int order) noexcept {
  after_load(a, order);
  // Who has acquired the clock leaves it whole in what he releases.
  if (releases(order) && acquires(order)) return release_from(a);
  if (!releases(order) && !a.at_fence) return;
  sync_var& v = make();
  v.left_by = no_epoch;
  if (releases(order)) actors::release_merge(a, v.carried);
  else v.carried.join(*a.at_fence, no_epoch);
}

void fence(actor_state& a, int order) noexcept {
  if (acquires(order) && a.to_acquire) {
    actors::acquire(a, *a.to_acquire);
    a.to_acquire->clear();
  }
  if (releases(order)) actors::release(a, made(a.at_fence));
}

void forget_atomics(std::uintptr_t p, std::size_t n) noexcept {
  const std::uintptr_t end = p + n;
  for (std::uintptr_t at = p; at < end;) {
    sync_leaf* leaf = root_slot(at).load(std::memory_order_acquire);
    if (!leaf) {
      at = (at | (leaf_span - 1)) + 1;
      continue;
    }
    const std::uintptr_t page_end = std::min(end, (at | ((1u << page_bits) - 1)) + 1);
    if (leaf->pages[(at >> page_bits) & (pages_per_leaf - 1)].load(std::memory_order_acquire))
      for (std::uintptr_t g = at & ~std::uintptr_t{7}; g < page_end; g += 8) forget_granule(g, p, end);
    at = page_end;
  }
}

std::uint64_t sync_vars_alive() noexcept { return alive.load(std::memory_order_relaxed); }

}  // namespace gosan::race
