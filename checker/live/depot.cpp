#include "live/depot.hpp"

#include <atomic>
#include <bit>
#include <cstring>

#include "live/paged_table.hpp"

namespace gosan::live {
namespace {

// One hash table of byte strings; stacks and texts are two of them. Chains only ever grow at their head.
class depot {
 public:
  const interned& intern(const void* data, std::uint32_t size) noexcept {
    const std::uint64_t h = hash(data, size);
    std::atomic<entry*>& bucket = buckets_[h % bucket_count];
    entry* head = bucket.load(std::memory_order_acquire);  // [DEPOT]
    if (entry* known = search(head, nullptr, h, data, size)) return numbered(*known);
    auto* fresh = static_cast<entry*>(internal_alloc(sizeof(entry) + size, alignof(entry)));
    new (fresh) entry{h, size, {}, nullptr};
    std::memcpy(fresh + 1, data, size);
    for (entry* searched = head;;) {
      fresh->next = head;
      if (bucket.compare_exchange_weak(head, fresh, std::memory_order_acq_rel)) break;  // [DEPOT]
      if (entry* known = search(head, searched, h, data, size)) {
        internal_free(fresh, sizeof(entry) + size);
        return numbered(*known);
      }
      searched = head;
    }
    const std::uint32_t id = next_id_.fetch_add(1, std::memory_order_relaxed) + 1;
    by_id_.at(id).store(fresh, std::memory_order_release);  // [DEPOT-ID]
    fresh->id.store(id, std::memory_order_release);
    return *fresh;
  }

  std::string_view find(std::uint32_t id) const noexcept {
    auto* slot = by_id_.find(id);
    entry* e = slot ? slot->load(std::memory_order_acquire) : nullptr;  // [DEPOT-ID]
    return e ? std::string_view{reinterpret_cast<const char*>(e + 1), e->size} : std::string_view{};
  }

 private:
  using entry = interned;
  static constexpr std::size_t bucket_count = 1u << 17;

  static std::uint64_t hash(const void* data, std::uint32_t size) noexcept {
    // The multiplications do not wait for one another. Word by word on purpose: the words were stored a moment ago one by one, and a
    // wider load would wait for all of them.
    std::uint64_t h = size;
    auto* p = static_cast<const unsigned char*>(data);
    for (; size >= 8; p += 8, size -= 8) {
      std::uint64_t w;
      std::memcpy(&w, p, 8);
      h = std::rotl(h, 27) + w * 0xD6E8FEB86659FD93u;
    }
    for (; size; ++p, --size) h = (h ^ *p) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
  }

  // The same words, for the same reason.
  static bool same(const void* a, const void* b, std::uint32_t size) noexcept {
    if (size % 8) return !std::memcmp(a, b, size);
    auto *x = static_cast<const unsigned char*>(a), *y = static_cast<const unsigned char*>(b);
    for (; size; x += 8, y += 8, size -= 8) {
      std::uint64_t v, w;
      std::memcpy(&v, x, 8);
      std::memcpy(&w, y, 8);
      if (v != w) return false;
    }
    return true;
  }

  static entry* search(entry* from, entry* until, std::uint64_t h, const void* data, std::uint32_t size) noexcept {
    for (entry* e = from; e != until; e = e->next)
      if (e->hash == h && e->size == size && same(e + 1, data, size)) return e;
    return nullptr;
  }

  static const entry& numbered(const entry& e) noexcept {
    while (!e.id.load(std::memory_order_acquire)) {  // a moment
    }
    return e;
  }

  std::atomic<entry*> buckets_[bucket_count] = {};
  std::atomic<std::uint32_t> next_id_{0};
  paged_table<std::atomic<entry*>> by_id_;
};

constinit depot stacks, texts;

}  // namespace

events::stack_id intern_stack(std::span<const std::uintptr_t> pcs) noexcept {
  return pcs.empty() ? 0 : interned_stack(pcs).id.load(relaxed);
}

const interned& interned_stack(std::span<const std::uintptr_t> pcs) noexcept {
  return stacks.intern(pcs.data(), static_cast<std::uint32_t>(pcs.size_bytes()));
}

std::span<const std::uintptr_t> stack_of(events::stack_id id) noexcept {
  const std::string_view bytes = id ? stacks.find(id) : std::string_view{};
  return {reinterpret_cast<const std::uintptr_t*>(bytes.data()), bytes.size() / sizeof(std::uintptr_t)};
}

events::text_id intern_text(std::string_view s) noexcept {
  return s.empty() ? 0 : texts.intern(s.data(), static_cast<std::uint32_t>(s.size())).id.load(relaxed);
}

std::string_view view_of(events::text_id id) noexcept { return id ? texts.find(id) : std::string_view{}; }

std::string text_of(events::text_id id) { return std::string(view_of(id)); }

}  // namespace gosan::live
