#include "race/contexts.hpp"

#include <atomic>
#include <iterator>

#include "live/live.hpp"

namespace gosan::race::contexts {
namespace {

struct node {
  std::uintptr_t pc;
  node_id parent;
  node_id next;  // in its bucket
};

constexpr unsigned chunk_bits = 14, bucket_bits = 20, first_bucket_bits = 10;
constexpr std::size_t max_chunks = std::size_t{1} << (32 - chunk_bits);

// Atomic through chunk() and bucket() only: arrays of atomics this long are not initialised by the compiler.
constinit node* chunks[max_chunks] = {};
constinit node_id buckets[std::size_t{1} << bucket_bits] = {};
// Of the first nodes: each of a small program's would take a page of the others.
constinit node_id first_buckets[std::size_t{1} << first_bucket_bits] = {};
constexpr node_id first_nodes = 1u << first_bucket_bits;
constinit std::atomic<node_id> next_id{1};
constinit std::atomic<std::uint64_t> left_out{0};

// Recursion that branches has as many stacks as calls. From so many nodes on, a call site that is there twice among the callers up to so
// many levels away is not entered once more: the call is shown as the nearest of them.
constexpr node_id many_nodes = 1u << 20;
constexpr unsigned levels = 64, most_alike = 2;

std::atomic_ref<node*> chunk(node_id id) noexcept { return std::atomic_ref(chunks[id >> chunk_bits]); }

node& at(node_id id) noexcept {
  // Acquire meets the release in make(): a chunk is seen mapped. [CHUNK]
  return chunk(id).load(std::memory_order_acquire)[id & ((1u << chunk_bits) - 1)];
}

node_id make(node_id parent, std::uintptr_t pc) noexcept {
  const node_id id = next_id.fetch_add(1, std::memory_order_relaxed);
  const std::atomic_ref<node*> slot = chunk(id);
  if (!slot.load(std::memory_order_acquire)) {
    constexpr std::size_t bytes = sizeof(node) << chunk_bits;
    auto* fresh = static_cast<node*>(live::map_zeroed(bytes));
    node* expected = nullptr;
    if (!slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel))  // [CHUNK]
      live::unmap(fresh, bytes);
  }
  at(id) = {pc, parent, 0};
  return id;
}

// Neighbours' children lie side by side, one parent's apart: recursion asks again and again for many nodes in the order in which they were made, and
// finds the next ones in the cache.
std::uint32_t hash_of(node_id parent, std::uintptr_t pc) noexcept {
  return parent + static_cast<std::uint32_t>(pc * 0x9E3779B97F4A7C15ull >> (64 - first_bucket_bits));
}
std::atomic_ref<node_id> first_bucket(std::uint32_t h) noexcept { return std::atomic_ref(first_buckets[h % std::size(first_buckets)]); }
std::atomic_ref<node_id> later_bucket(std::uint32_t h) noexcept { return std::atomic_ref(buckets[h % std::size(buckets)]); }

// In the list from `from` up to, not including, `until`.
node_id search(node_id from, node_id until, node_id parent, std::uintptr_t pc) noexcept {
  for (node_id id = from; id != until; id = at(id).next)
    if (at(id).pc == pc && at(id).parent == parent) return id;
  return 0;
}

// The nearest of enough alike; 0: there are fewer.
node_id alike(node_id parent, std::uintptr_t pc) noexcept {
  node_id nearest = 0;
  unsigned n = 0;
  for (unsigned up = 0; parent && up < levels; ++up, parent = at(parent).parent) {
    if (at(parent).pc != pc) continue;
    if (!nearest) nearest = parent;
    if (++n == most_alike) return nearest;
  }
  return 0;
}

}  // namespace

node_id child(node_id parent, std::uintptr_t pc) noexcept {
  const std::uint32_t h = hash_of(parent, pc);
  const bool among_first = next_id.load(std::memory_order_relaxed) < first_nodes;
  // Two threads may make the same node when there are just as many: it is found among the first from then on.
  if (!among_first)
    if (node_id found = search(first_bucket(h).load(std::memory_order_acquire), 0, parent, pc)) return found;  // [BUCKET]
  const std::atomic_ref<node_id> head = among_first ? first_bucket(h) : later_bucket(h);
  // Acquire meets the release below: a node is seen filled in. [BUCKET]
  node_id first = head.load(std::memory_order_acquire);
  if (node_id found = search(first, 0, parent, pc)) return found;
  if (next_id.load(std::memory_order_relaxed) > many_nodes) [[unlikely]]
    if (const node_id nearest = alike(parent, pc)) return left_out.fetch_add(1, std::memory_order_relaxed), nearest;
  const node_id fresh = make(parent, pc);
  for (;;) {
    at(fresh).next = first;
    node_id seen = first;
    if (head.compare_exchange_weak(seen, fresh, std::memory_order_acq_rel)) return fresh;  // [BUCKET]
    // Another thread was first, perhaps with the same node; ours is then left unused.
    if (node_id found = search(seen, first, parent, pc)) return found;
    first = seen;
  }
}

node_id of_stack(std::span<const std::uintptr_t> innermost_first) noexcept {
  node_id n = 0;
  for (std::size_t i = innermost_first.size(); i-- > 0;) n = child(n, innermost_first[i]);
  return n;
}

std::size_t stack_of(node_id n, std::uintptr_t* into, std::size_t capacity) noexcept {
  std::size_t i = 0;
  for (; n && i < capacity; n = at(n).parent) into[i++] = at(n).pc;
  return i;
}

std::uintptr_t pc_of(node_id n) noexcept { return n ? at(n).pc : 0; }
std::uint64_t calls_left_out() noexcept { return left_out.load(std::memory_order_relaxed); }
std::uint64_t count() noexcept { return next_id.load(std::memory_order_relaxed) - 1; }

namespace {

// Where it was found lately, by the frame that it was looked for from: with the same frame, in the same call of the running function, called from the
// same place, it is the same when it lies there still. (One of several ways from the one to the other might have left it there: then the report
// shows the neighbouring line.) Addresses of stacks are kept inverted: a thread's variables are roots to whoever proves a leak, and a goroutine
// whose stack a root leads to is none.
struct found_place {
  std::uintptr_t inverted_at, caller_of_at, call_site, pc;
  const frame_entry* top;
  std::uintptr_t inverted_where;

  bool is_at(const void* p) const noexcept { return inverted_at == ~reinterpret_cast<std::uintptr_t>(p); }
  const std::uintptr_t* where() const noexcept { return reinterpret_cast<const std::uintptr_t*>(~inverted_where); }
};
thread_local constinit found_place places[8] __attribute__((tls_model("initial-exec"))) = {};

[[gnu::noinline]] std::uintptr_t look_for_place(found_place& into, const void* at) noexcept {
  const thread_view& t = __gosan_thread;
  const std::uintptr_t* where = nullptr;
  const std::uintptr_t pc = live::called_below(t.top[-1].call_site, 24, at, &where);
  if (!pc || !at) return pc;
  const auto inverted_at = ~reinterpret_cast<std::uintptr_t>(at), inverted_where = ~reinterpret_cast<std::uintptr_t>(where);
  into = {inverted_at, static_cast<const std::uintptr_t*>(at)[1], t.top[-1].call_site, pc, t.top, inverted_where};
  return pc;
}

}  // namespace

std::uintptr_t place_in_running_function(const void* at) noexcept {
  const thread_view& t = __gosan_thread;
  if (t.top == t.bottom) return 0;
  const auto key = reinterpret_cast<std::uintptr_t>(at) / 16 ^ reinterpret_cast<std::uintptr_t>(t.top) / sizeof(frame_entry);
  found_place& known = places[key % std::size(places)];
  const bool same = at && known.is_at(at) && known.top == t.top && known.call_site == t.top[-1].call_site &&
                    known.caller_of_at == static_cast<const std::uintptr_t*>(at)[1] && *known.where() == known.pc;
  return same ? known.pc : look_for_place(known, at);
}

}  // namespace gosan::race::contexts
