#include "intercept/heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <new>

#include "events/own_memory.hpp"
#include "intercept/size_classes.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"

namespace gosan::intercept::heap {
namespace {

constexpr unsigned page_bits = 16;
constexpr std::size_t page = std::size_t{1} << page_bits;
constexpr unsigned leaf_bits = 14, root_bits = 48 - page_bits - leaf_bits;
constexpr std::size_t segment = std::size_t{4} << 20;

// What is known of a block: one word, so that it changes as a whole. 0 = not live.
//   63..32 site of the allocation   31..0 size + 1 (small and large), or 1 (huge: the size is the span's)
using block_word = std::uint64_t;
constexpr block_word live_word(std::uint32_t site, std::size_t n) noexcept {
  return std::uint64_t{site} << 32 | (n + 1);
}

struct span {
  std::uintptr_t start;
  std::size_t bytes;       // mapped
  std::uint32_t block;     // bytes of a block; 0 = huge
  std::uint32_t count;
  std::size_t huge_size;
  span* next;              // in a list of free spans
  std::atomic<block_word> blocks[];
};

struct free_block {
  free_block* next;
};

struct leaf {
  std::atomic<span*> spans[std::size_t{1} << leaf_bits];
};
constinit std::atomic<leaf*> root[std::size_t{1} << root_bits] = {};

// Free blocks of a class that no thread has, and the part of its newest span that was never used. [guarded by lock]
struct alignas(64) class_store {
  live::spin_lock lock;
  free_block* free = nullptr;
  std::uintptr_t bump = 0, end = 0;
  span *large = nullptr, *newest_large = nullptr;  // free spans of a large class; the newest is held back
};
constinit class_store stores[all_classes];

// Address space taken from the system, cut into spans from the front. [guarded by lock]
struct {
  live::spin_lock lock;
  std::uintptr_t bump = 0, end = 0;
} constinit segments;

// First freed, first used again. The newest `held_back` blocks of a list are not given out while the system has memory: an access
// to a block just freed then meets the free, not the block's next life.
struct thread_list {
  free_block *first, *last;
  std::uint32_t count;

  void push(free_block* b) noexcept {
    b->next = nullptr;
    (first ? last->next : first) = b;
    last = b;
    ++count;
  }
  void push_front(free_block* b) noexcept {
    b->next = first;
    if (!first) last = b;
    first = b;
    ++count;
  }
  free_block* pop() noexcept {
    free_block* b = first;
    first = b->next;
    --count;
    return b;
  }
};
struct thread_lists {
  thread_list of_class[small_classes];
};
thread_local constinit thread_lists mine __attribute__((tls_model("initial-exec"))) = {};

std::size_t round_up(std::size_t n, std::size_t to) noexcept { return (n + to - 1) & ~(to - 1); }

std::atomic<span*>& slot(std::uintptr_t a) noexcept {
  std::atomic<leaf*>& where = root[(a >> (page_bits + leaf_bits)) & ((std::size_t{1} << root_bits) - 1)];
  leaf* l = where.load(std::memory_order_acquire);  // [LEAF]
  if (!l) {
    auto* fresh = static_cast<leaf*>(live::map_zeroed(sizeof(leaf)));
    if (where.compare_exchange_strong(l, fresh, std::memory_order_acq_rel)) l = fresh;  // [LEAF]
    else live::unmap(static_cast<void*>(fresh), sizeof(leaf));
  }
  return l->spans[(a >> page_bits) & ((std::size_t{1} << leaf_bits) - 1)];
}

span* span_of(std::uintptr_t a) noexcept {
  leaf* l = root[(a >> (page_bits + leaf_bits)) & ((std::size_t{1} << root_bits) - 1)].load(std::memory_order_acquire);
  return l ? l->spans[(a >> page_bits) & ((std::size_t{1} << leaf_bits) - 1)].load(std::memory_order_acquire) : nullptr;
}

void publish(std::uintptr_t start, std::size_t bytes, span* s) noexcept {
  // Release meets the acquire in span_of(): a span is seen filled in. [SPAN]
  for (std::uintptr_t a = start; a < start + bytes; a += page) slot(a).store(s, std::memory_order_release);
}

// `bytes` at a multiple of `align`, both at least a page of ours. 0 when memory is out.
std::uintptr_t map(std::size_t bytes, std::size_t align) noexcept {
  void* p = mmap(nullptr, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return 0;
  const auto raw = reinterpret_cast<std::uintptr_t>(p), start = round_up(raw, align);
  if (start != raw) munmap(p, start - raw);
  if (raw + align != start) munmap(reinterpret_cast<void*>(start + bytes), raw + align - start);
  events::own_memory::add(reinterpret_cast<void*>(start), bytes);
  return start;
}

std::uintptr_t take_pages(std::size_t bytes) noexcept {
  segments.lock.lock();
  if (segments.end - segments.bump < bytes) {
    const std::uintptr_t fresh = map(segment, page);
    segments.bump = fresh;
    segments.end = fresh ? fresh + segment : 0;
  }
  std::uintptr_t start = 0;
  if (segments.end - segments.bump >= bytes) {
    start = segments.bump;
    segments.bump += bytes;
  }
  segments.lock.unlock();
  return start;
}

std::size_t span_size(std::size_t count) noexcept { return sizeof(span) + count * sizeof(block_word); }

span* make_span(std::uintptr_t start, std::size_t bytes, std::size_t block, std::size_t count) noexcept {
  void* memory = live::internal_alloc(span_size(count));
  auto* s = new (memory) span{start, bytes, static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(count), 0, nullptr};
  for (std::size_t i = 0; i < count; ++i) new (&s->blocks[i]) std::atomic<block_word>(0);
  publish(start, bytes, s);
  return s;
}

// Moves up to `want` free blocks into this thread's list, before those it has. Called with the lock of the store.
void take_blocks(class_store& store, unsigned c, thread_list& list, unsigned want) noexcept {
  const std::size_t size = size_of_class(c);
  const unsigned wanted = want;
  for (; want && store.free; --want) {
    free_block* b = store.free;
    store.free = b->next;
    list.push_front(b);
  }
  if (want < wanted) return;
  if (store.end - store.bump < size) {
    store.bump = take_pages(page);
    store.end = store.bump ? store.bump + page / size * size : 0;
    if (!store.bump) return;
    make_span(store.bump, page, size, page / size);
  }
  for (; want && store.end - store.bump >= size; --want, store.bump += size)
    list.push_front(reinterpret_cast<free_block*>(store.bump));
}

unsigned batch(unsigned c) noexcept {
  return static_cast<unsigned>(std::clamp<std::size_t>(16384 / size_of_class(c), 2, 64));
}

// How many freed blocks of a class wait in each thread's list.
unsigned held_back(unsigned c) noexcept { return batch(c) / 2; }

void* allocate_small(unsigned c, std::size_t n, std::uint32_t site) noexcept {
  thread_list& list = mine.of_class[c];
  if (list.count <= held_back(c)) {
    class_store& store = stores[c];
    store.lock.lock();
    take_blocks(store, c, list, batch(c));
    store.lock.unlock();
    if (!list.first) return nullptr;
  }
  free_block* b = list.pop();
  const auto a = reinterpret_cast<std::uintptr_t>(b);
  span* s = span_of(a);
  s->blocks[(a - s->start) / s->block].store(live_word(site, n), std::memory_order_relaxed);
  return b;
}

void free_small(free_block* b, unsigned c) noexcept {
  thread_list& list = mine.of_class[c];
  list.push(b);
  if (list.count <= 2 * batch(c)) return;
  class_store& store = stores[c];
  store.lock.lock();
  for (unsigned i = batch(c); i; --i) {
    free_block* given = list.pop();
    given->next = store.free;
    store.free = given;
  }
  store.lock.unlock();
}

void* allocate_large(unsigned c, std::size_t n, std::uint32_t site) noexcept {
  class_store& store = stores[c];
  store.lock.lock();
  span* s = store.large == store.newest_large ? nullptr : store.large;
  if (s) store.large = s->next;
  store.lock.unlock();
  if (!s) {
    const std::size_t size = size_of_class(c), bytes = round_up(size, page);
    const std::uintptr_t start = take_pages(bytes);
    if (!start) return nullptr;
    s = make_span(start, bytes, size, 1);
  }
  s->blocks[0].store(live_word(site, n), std::memory_order_relaxed);
  return reinterpret_cast<void*>(s->start);
}

void* allocate_huge(std::size_t n, std::size_t align, std::uint32_t site) noexcept {
  if (n > (std::size_t{1} << 46)) return nullptr;
  const std::size_t bytes = round_up(n ? n : 1, page);
  const std::uintptr_t start = map(bytes, std::max(align, page));
  if (!start) return nullptr;
  span* s = make_span(start, bytes, 0, 1);
  s->huge_size = n;
  s->blocks[0].store(live_word(site, 0), std::memory_order_relaxed);
  return reinterpret_cast<void*>(start);
}

struct found {
  span* in = nullptr;
  std::size_t index = 0;
  block_word word = 0;
  std::uintptr_t start() const noexcept { return in->start + index * in->block; }
  std::size_t size() const noexcept { return in->block ? (word & 0xffffffff) - 1 : in->huge_size; }
};

// The block an address lies in, live or not.
found find(const void* p) noexcept {
  const auto a = reinterpret_cast<std::uintptr_t>(p);
  found f;
  f.in = span_of(a);
  if (!f.in) return f;
  f.index = f.in->block ? (a - f.in->start) / f.in->block : 0;
  if (f.index >= f.in->count) return {};
  f.word = f.in->blocks[f.index].load(std::memory_order_relaxed);
  return f;
}

}  // namespace

// A handler that interrupts either may find a race, whose report takes memory: it is not checked meanwhile.
void* allocate(std::size_t n, std::size_t align, std::uint32_t site) noexcept {
  const live::midst undisturbed;
  // Sizes that are powers of two are aligned to themselves inside a span, up to a page of ours.
  if (align > smallest_block && n <= largest_cached) {
    if (align > page) return allocate_huge(n, align, site);
    const std::size_t size = std::bit_ceil(std::max(n, align));
    if (size <= largest_small) return allocate_small(class_of(size), n, site);
    return size <= largest_cached ? allocate_large(class_of(size), n, site) : allocate_huge(n, align, site);
  }
  const unsigned c = class_of(n);
  if (n <= largest_small) return allocate_small(c, n, site);
  if (n <= largest_cached) return allocate_large(c, n, site);
  return allocate_huge(n, align, site);
}

outcome release(void* p) noexcept {
  const live::midst undisturbed;
  const found f = find(p);
  if (!f.in || reinterpret_cast<std::uintptr_t>(p) != f.start()) return outcome::not_a_block;
  if (!f.in->blocks[f.index].exchange(0, std::memory_order_relaxed)) return outcome::freed_before;
  if (f.in->block == 0) {
    span* s = f.in;
    publish(s->start, s->bytes, nullptr);
    events::own_memory::remove(reinterpret_cast<void*>(s->start));
    munmap(reinterpret_cast<void*>(s->start), s->bytes);
    live::internal_free(s, span_size(1));
    return outcome::freed;
  }
  const unsigned c = class_of(f.in->block);
  if (c < small_classes) {
    free_small(static_cast<free_block*>(p), c);
    return outcome::freed;
  }
  class_store& store = stores[c];
  store.lock.lock();
  f.in->next = nullptr;
  (store.large ? store.newest_large->next : store.large) = f.in;
  store.newest_large = f.in;
  store.lock.unlock();
  return outcome::freed;
}

std::size_t size_of(const void* p) noexcept {
  const found f = find(p);
  return f.word && reinterpret_cast<std::uintptr_t>(p) == f.start() ? f.size() : 0;
}

bool known_zero(const void* p) noexcept {
  const found f = find(p);
  return f.in && f.in->block == 0;
}

bool resize(void* p, std::size_t n) noexcept {
  const found f = find(p);
  if (!f.word || reinterpret_cast<std::uintptr_t>(p) != f.start()) return false;
  if (f.in->block == 0) {
    if (n > f.in->bytes || n < f.in->bytes / 2) return false;
    f.in->huge_size = n;
    return true;
  }
  if (n > f.in->block || n < f.in->block / 2) return false;
  f.in->blocks[f.index].store(live_word(static_cast<std::uint32_t>(f.word >> 32), n), std::memory_order_relaxed);
  return true;
}

std::uint32_t site_of(const void* p) noexcept { return static_cast<std::uint32_t>(find(p).word >> 32); }

void thread_ended() noexcept {
  for (unsigned c = 0; c < small_classes; ++c) {
    thread_list& list = mine.of_class[c];
    if (!list.first) continue;
    class_store& store = stores[c];
    store.lock.lock();
    list.last->next = store.free;
    store.free = list.first;
    store.lock.unlock();
    list = {};
  }
}

void before_fork() noexcept {
  for (class_store& s : stores) s.lock.lock();
  segments.lock.lock();
}

void after_fork() noexcept {
  segments.lock.unlock();
  for (class_store& s : stores) s.lock.unlock();
}

}  // namespace gosan::intercept::heap

namespace gosan::intercept {

bool block_of(const void* p, heap_block& out) noexcept {
  const heap::found f = heap::find(p);
  if (!f.word || reinterpret_cast<std::uintptr_t>(p) >= f.start() + std::max<std::size_t>(f.size(), 1)) return false;
  out = {f.start(), f.size()};
  return true;
}

}  // namespace gosan::intercept
