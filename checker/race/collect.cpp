#include "race/collect.hpp"

#include <algorithm>
#include <atomic>

#include "live/internal_alloc.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/caches.hpp"
#include "race/shadow.hpp"
#include "race/states.hpp"

namespace gosan::race::collect {
namespace {

constexpr std::uint64_t least_units = std::uint64_t{1} << 20;  // 16 MiB
constexpr std::uint32_t first_unit = 4096, smallest_hole = 8;
constinit live::spin_lock collecting;
constinit std::atomic<std::uint64_t> due_at{least_units};
constinit std::atomic<std::uint64_t> done{0};

// One bit per unit below `limit`, set for the first unit of each state in use.
struct marks {
  std::uint64_t* bits;
  std::uint32_t limit;
  std::uint64_t units = 0, pages = 0;

  bool mark(state_id id) noexcept {
    std::uint64_t& word = bits[id / 64];
    const std::uint64_t bit = std::uint64_t{1} << id % 64;
    if (word & bit) return false;
    word |= bit;
    units += states::units_of(id);
    return true;
  }
  // A state made since the pass began is left alone, but may have chunks older than that.
  void state(state_id id) noexcept {
    states::for_each_part(id, [this](state_id part) { return part >= limit || mark(part); });
  }
};

void visit_words(std::uint32_t* words, std::size_t count, void* arg) noexcept {
  auto& m = *static_cast<marks*>(arg);
  ++m.pages;
  state_id last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Acquire: the state the word refers to is filled in. [WORD]
    const state_id id = __atomic_load_n(words + i, __ATOMIC_ACQUIRE);
    if (id == 0 || id == last) continue;
    last = id;
    m.state(id);
  }
}

void sweep(const marks& m) noexcept {
  live::ivector<states::hole> holes;
  std::uint32_t free_from = first_unit;
  auto close = [&](std::uint32_t end) {
    if (end - free_from >= smallest_hole && end > free_from) holes.push_back({free_from, end});
  };
  for (std::uint32_t w = first_unit / 64; w <= (m.limit - 1) / 64; ++w)
    for (std::uint64_t bits = m.bits[w]; bits; bits &= bits - 1) {
      const state_id id = w * 64 + static_cast<std::uint32_t>(__builtin_ctzll(bits));
      if (id < free_from) continue;
      close(id);
      free_from = id + states::units_of(id);
    }
  if (free_from < m.limit) close(m.limit);
  // The longest is taken first.
  std::sort(holes.begin(), holes.end(), [](const auto& a, const auto& b) { return a.end - a.first < b.end - b.first; });
  states::recycle(holes.data(), holes.size());
}

}  // namespace

void now() noexcept {
  if (!collecting.try_lock()) return;
  states::withhold();
  marks m{nullptr, states::units_used()};
  if (caches::new_generation()) {
    const std::size_t bytes = (m.limit / 64 + 1) * sizeof(std::uint64_t) + 4096;
    m.bits = static_cast<std::uint64_t*>(live::map_zeroed(bytes));
    shadow::for_each_touched_page(visit_words, &m);
    sweep(m);
    live::unmap(m.bits, bytes);
    done.fetch_add(1, std::memory_order_relaxed);
  }
  // A pass over a page of words is worth as much memory as some units; what is in use may double before the next one.
  due_at.store(std::max({least_units, m.units, m.pages * 32}), std::memory_order_relaxed);
  collecting.unlock();
}

void if_due() noexcept {
  if (states::units_since_collection() >= due_at.load(std::memory_order_relaxed)) [[unlikely]] now();
}

std::uint64_t passes() noexcept { return done.load(std::memory_order_relaxed); }

}  // namespace gosan::race::collect
