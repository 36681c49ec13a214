#include "race/clock_tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "race/pool.hpp"

namespace gosan::race {

// Level 0 holds times, level k > 0 holds nodes of level k - 1; item i of the bitmap is the popcount-th in the payload.
struct clock_node {
  std::atomic<std::uint32_t> refs;
  std::uint16_t present;
  std::uint8_t level;
  std::uint8_t room;  // items the allocation can hold

  unsigned size() const noexcept { return static_cast<unsigned>(std::popcount(present)); }
  unsigned rank(unsigned i) const noexcept {
    return static_cast<unsigned>(std::popcount(static_cast<unsigned>(present & ((1u << i) - 1))));
  }
  bool has(unsigned i) const noexcept { return present >> i & 1; }
  ticks* times() noexcept { return reinterpret_cast<ticks*>(this + 1); }
  const ticks* times() const noexcept { return reinterpret_cast<const ticks*>(this + 1); }
  clock_node** nodes() noexcept { return reinterpret_cast<clock_node**>(this + 1); }
  clock_node* const* nodes() const noexcept { return reinterpret_cast<clock_node* const*>(this + 1); }
};

namespace clock_tree {
namespace {

constexpr unsigned bits = 4, fan = 1u << bits;
constinit std::atomic<std::uint64_t> alive{0}, compared{0};

std::size_t item_size(unsigned level) noexcept { return level ? sizeof(clock_node*) : sizeof(ticks); }
// Sizes are rounded to what the allocator hands out, so that a growing node is seldom copied.
std::size_t bytes_for(unsigned level, unsigned items) noexcept {
  return std::bit_ceil(sizeof(clock_node) + items * item_size(level));
}
unsigned slot(actor_number n, unsigned level) noexcept { return (n >> (bits * level)) & (fan - 1); }
bool in_range(actor_number n, unsigned level) noexcept { return (n >> (bits * (level + 1))) == 0; }

clock_node* make(unsigned level, unsigned items) noexcept {
  const std::size_t n = bytes_for(level, items);
  auto* node = new (pool::allocate(n)) clock_node{};
  node->refs.store(1, std::memory_order_relaxed);
  node->level = static_cast<std::uint8_t>(level);
  const std::size_t room = (n - sizeof(clock_node)) / item_size(level);
  node->room = static_cast<std::uint8_t>(room < fan ? room : fan);
  alive.fetch_add(1, std::memory_order_relaxed);
  return node;
}

void free_node(clock_node* node) noexcept {
  alive.fetch_sub(1, std::memory_order_relaxed);
  pool::release(node, bytes_for(node->level, node->room));
}

// Acquire: whoever finds itself the only owner sees all that former owners did to the node. [NODE]
bool only_owner(const clock_node* node) noexcept {
  return node->refs.load(std::memory_order_acquire) == 1;
}

// A node of our own with the same items and room for `items`. Takes over the reference to `old`.
clock_node* own(clock_node* old, unsigned items) noexcept {
  if (only_owner(old) && items <= old->room) return old;
  clock_node* fresh = make(old->level, items);
  fresh->present = old->present;
  std::memcpy(static_cast<void*>(fresh + 1), old + 1, old->size() * item_size(old->level));
  if (only_owner(old)) {
    free_node(old);  // its references moved
    return fresh;
  }
  if (fresh->level)
    for (unsigned i = 0; i < fresh->size(); ++i) share(fresh->nodes()[i]);
  drop(old);
  return fresh;
}

template <typename T>
void insert(clock_node* node, T* items, unsigned i, T value) noexcept {
  const unsigned at = node->rank(i);
  std::memmove(items + at + 1, items + at, (node->size() - at) * sizeof(T));
  items[at] = value;
  node->present = static_cast<std::uint16_t>(node->present | 1u << i);
}

clock_node* lift(clock_node* root) noexcept {
  clock_node* up = make(root->level + 1u, 1);
  insert(up, up->nodes(), 0, root);
  return up;
}

clock_node* chain(actor_number n, ticks t, unsigned level) noexcept {
  clock_node* node = make(level, 1);
  if (level == 0) insert(node, node->times(), slot(n, 0), t);
  else insert(node, node->nodes(), slot(n, level), chain(n, t, level - 1));
  return node;
}

clock_node* raise_leaf(clock_node* leaf, unsigned i, ticks t) noexcept {
  if (!leaf->has(i)) {
    leaf = own(leaf, leaf->size() + 1);
    insert(leaf, leaf->times(), i, t);
    return leaf;
  }
  if (leaf->times()[leaf->rank(i)] >= t) return leaf;
  leaf = own(leaf, leaf->size());
  leaf->times()[leaf->rank(i)] = t;
  return leaf;
}

clock_node* raise_in(clock_node* node, actor_number n, ticks t) noexcept {
  const unsigned i = slot(n, node->level);
  if (node->level == 0) return raise_leaf(node, i, t);
  if (!node->has(i)) {
    node = own(node, node->size() + 1);
    insert(node, node->nodes(), i, chain(n, t, node->level - 1u));
    return node;
  }
  node = own(node, node->size());
  clock_node*& child = node->nodes()[node->rank(i)];
  child = raise_in(child, n, t);
  return node;
}

unsigned slot_of(epoch e, unsigned level) noexcept { return slot(number_of(e), level); }

void raise_run_in_leaf(clock_node* leaf, const epoch* first, const epoch* last) noexcept {
  for (; first != last; ++first) {
    const unsigned i = slot_of(*first, 0);
    if (!leaf->has(i)) insert(leaf, leaf->times(), i, time_of(*first));
    else if (ticks& known = leaf->times()[leaf->rank(i)]; known < time_of(*first)) known = time_of(*first);
  }
}

// The same of each of [first, last), which all belong in this node, or in a new one.
clock_node* raise_run_in(clock_node* node, unsigned level, const epoch* first, const epoch* last) noexcept {
  unsigned after = node ? node->present : 0;
  for (const epoch* e = first; e != last; ++e) after |= 1u << slot_of(*e, level);
  const auto items = static_cast<unsigned>(std::popcount(after));
  node = node ? own(node, items) : make(level, items);
  if (level == 0) return raise_run_in_leaf(node, first, last), node;
  for (const epoch* end; first != last; first = end) {
    const unsigned i = slot_of(*first, level);
    end = std::find_if(first, last, [&](epoch e) { return slot_of(e, level) != i; });
    const bool there = node->has(i);
    clock_node* const child = raise_run_in(there ? node->nodes()[node->rank(i)] : nullptr, level - 1, first, end);
    if (there) node->nodes()[node->rank(i)] = child;
    else insert(node, node->nodes(), i, child);
  }
  return node;
}

// Which argument a result equals, item by item, so that sharing is kept.
struct verdict {
  bool is_a = true, is_b = true;
};

clock_node* merge_leaves(clock_node* a, clock_node* b) noexcept {
  ticks merged[fan];
  unsigned n = 0;
  verdict v;
  const auto present = static_cast<std::uint16_t>(a->present | b->present);
  for (unsigned i = 0; i < fan; ++i) {
    if (!(present >> i & 1)) continue;
    const ticks x = a->has(i) ? a->times()[a->rank(i)] : 0, y = b->has(i) ? b->times()[b->rank(i)] : 0;
    v.is_a &= x >= y;
    v.is_b &= y >= x;
    merged[n++] = x > y ? x : y;
  }
  if (v.is_a) return share(a);
  if (v.is_b) return share(b);
  clock_node* node = make(0, n);
  node->present = present;
  std::memcpy(node->times(), merged, n * sizeof(ticks));
  return node;
}

clock_node* child_of(clock_node* node, unsigned i) noexcept { return node && node->has(i) ? node->nodes()[node->rank(i)] : nullptr; }

// The parts of what a tree has met that belong to one of its nodes; null for nothing.
struct parts {
  clock_node* of[met::most] = {};
  bool has(const clock_node* node) const noexcept {
    return std::find(std::begin(of), std::end(of), node) != std::end(of);
  }
  parts child(unsigned i) const noexcept {
    parts p;
    for (unsigned k = 0; k < met::most; ++k) p.of[k] = child_of(of[k], i);
    return p;
  }
};

// What a and b each are known to say already.
struct said {
  parts by_a, by_b;
  std::uint64_t& compared;
  said child(unsigned i) const noexcept { return {by_a.child(i), by_b.child(i), compared}; }
};

clock_node* merge_same_level(clock_node* a, clock_node* b, const said& seen) noexcept;

clock_node* merge_inner(clock_node* a, clock_node* b, const said& seen) noexcept {
  clock_node* merged[fan];
  unsigned n = 0;
  verdict v;
  const auto present = static_cast<std::uint16_t>(a->present | b->present);
  for (unsigned i = 0; i < fan; ++i) {
    if (!(present >> i & 1)) continue;
    clock_node *x = child_of(a, i), *y = child_of(b, i);
    clock_node* m = !x ? share(y) : !y ? share(x) : merge_same_level(x, y, seen.child(i));
    v.is_a &= m == x;
    v.is_b &= m == y;
    merged[n++] = m;
  }
  if (v.is_a || v.is_b) {
    for (unsigned i = 0; i < n; ++i) drop(merged[i]);
    return share(v.is_a ? a : b);
  }
  clock_node* node = make(a->level, n);
  node->present = present;
  std::memcpy(node->nodes(), merged, n * sizeof(clock_node*));
  return node;
}

clock_node* merge_same_level(clock_node* a, clock_node* b, const said& seen) noexcept {
  if (a == b || seen.by_a.has(b)) return share(a);
  if (seen.by_b.has(a)) return share(b);
  ++seen.compared;
  return a->level ? merge_inner(a, b, seen) : merge_leaves(a, b);
}

// A reference to the tree with at least so many levels; null for none.
clock_node* lifted(clock_node* root, unsigned level) noexcept {
  share(root);
  while (root && root->level < level) root = lift(root);
  return root;
}

parts lifted(const met* of, unsigned level) noexcept {
  parts p;
  for (unsigned k = 0; of && k < met::most; ++k) p.of[k] = lifted(of->trees[k], level);
  return p;
}

void drop(const parts& p) noexcept {
  for (clock_node* root : p.of) clock_tree::drop(root);
}

}  // namespace

ticks find(const clock_node* root, actor_number n) noexcept {
  if (!root || !in_range(n, root->level)) return 0;
  for (;; root = root->nodes()[root->rank(slot(n, root->level))]) {
    const unsigned i = slot(n, root->level);
    if (!root->has(i)) return 0;
    if (root->level == 0) return root->times()[root->rank(i)];
  }
}

clock_node* raise(clock_node* root, actor_number n, ticks t) noexcept {
  if (!root) {
    unsigned level = 0;
    while (!in_range(n, level)) ++level;
    return chain(n, t, level);
  }
  while (!in_range(n, root->level)) root = lift(root);
  return raise_in(root, n, t);
}

clock_node* raise_all(clock_node* root, const epoch* first, const epoch* last) noexcept {
  unsigned level = root ? root->level : 0;
  while (!in_range(number_of(last[-1]), level)) ++level;
  while (root && root->level < level) root = lift(root);
  return raise_run_in(root, level, first, last);
}

clock_node* merge(clock_node* a, clock_node* b, const met* by_a, const met* by_b) noexcept {
  if (a == b || !b) return share(a);
  if (!a) return share(b);
  const unsigned level = std::max(a->level, b->level);
  clock_node *x = lifted(a, level), *y = lifted(b, level);
  std::uint64_t n = 0;
  const said seen{lifted(by_a, level), lifted(by_b, level), n};
  clock_node* m = merge_same_level(x, y, seen);
  compared.fetch_add(n, std::memory_order_relaxed);
  drop(x);
  drop(y);
  drop(seen.by_a);
  drop(seen.by_b);
  return m;
}

clock_node* share(clock_node* root) noexcept {
  if (root) root->refs.fetch_add(1, std::memory_order_relaxed);
  return root;
}

void drop(clock_node* root) noexcept {
  // Release: what this owner read and wrote is over before another takes the node for its own. [NODE]
  if (!root || root->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (root->level)
    for (unsigned i = 0; i < root->size(); ++i) drop(root->nodes()[i]);
  free_node(root);
}

met* meet(clock_node* latest, clock_node* own) noexcept {
  return new (pool::allocate(sizeof(met))) met{{1}, {share(latest), share(own)}};
}

met* share(met* m) noexcept {
  if (m) m->refs.fetch_add(1, std::memory_order_relaxed);
  return m;
}

void drop(met* m) noexcept {
  // Release and acquire as of a node. [NODE]
  if (!m || m->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (clock_node* root : m->trees) drop(root);
  pool::release(m, sizeof(met));
}

std::uint64_t nodes_alive() noexcept { return alive.load(std::memory_order_relaxed); }
std::uint64_t nodes_compared() noexcept { return compared.load(std::memory_order_relaxed); }

}  // namespace clock_tree
}  // namespace gosan::race
