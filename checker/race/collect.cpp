#include "race/collect.hpp"

#include <algorithm>
#include <atomic>

#include "live/internal_alloc.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/budget.hpp"
#include "race/caches.hpp"
#include "race/shadow.hpp"
#include "race/states.hpp"

namespace gosan::race::collect {
namespace {

// 16 MiB. With much less, states in use may lie so close to one another that holes between them are too small to be used again.
constexpr std::uint64_t least_units = std::uint64_t{1} << 20;
constexpr std::uint32_t first_unit = 4096, smallest_hole = 8;
constinit live::spin_lock collecting;
constinit std::atomic<std::uint64_t> due_at{least_units};
constinit std::atomic<std::uint64_t> done{0};
constinit std::atomic<std::uint64_t> found_in_use{0};
constinit std::atomic<void (*)(moment) noexcept> pass_observer{nullptr};

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

using hole_list = live::ivector<states::hole>;

// The units from `first` to `end` are in no state. What is set aside may have become part of one.
class free_ranges {
 public:
  explicit free_ranges(const hole_list& aside) : next_(aside.begin()), last_(aside.end()) {}

  void add(std::uint32_t first, std::uint32_t end) {
    for (; next_ != last_ && next_->first < end; ++next_) {
      if (next_->end <= first) continue;
      keep(first, next_->first);
      first = next_->end;
      if (first >= end) return;
    }
    keep(first, end);
  }
  // The longest is taken first.
  hole_list sorted() && {
    std::sort(found_.begin(), found_.end(), states::shorter);
    return std::move(found_);
  }

 private:
  void keep(std::uint32_t first, std::uint32_t end) {
    if (end > first && end - first >= smallest_hole) found_.push_back({first, end});
  }

  hole_list found_;
  hole_list::const_iterator next_, last_;
};

hole_list holes_of(const marks& m, const hole_list& aside) noexcept {
  free_ranges free(aside);
  std::uint32_t free_from = first_unit;
  for (std::uint32_t w = first_unit / 64; w <= (m.limit - 1) / 64; ++w)
    for (std::uint64_t bits = m.bits[w]; bits; bits &= bits - 1) {
      const state_id id = w * 64 + static_cast<std::uint32_t>(__builtin_ctzll(bits));
      if (id < free_from) continue;
      free.add(free_from, id);
      free_from = id + states::units_of(id);
    }
  if (free_from < m.limit) free.add(free_from, m.limit);
  return std::move(free).sorted();
}

void observe(moment m) noexcept {
  if (auto* f = pass_observer.load(std::memory_order_relaxed)) f(m);
}

// Marks what is in use and takes back the rest. False when some thread held on to ids for too long.
bool pass(marks& m, const hole_list& aside) noexcept {
  if (!caches::new_generation()) return false;
  observe(moment::before_marking);
  const std::size_t bytes = (m.limit / 64 + 1) * sizeof(std::uint64_t) + 4096;
  m.bits = static_cast<std::uint64_t*>(live::map_zeroed(bytes));
  shadow::for_each_touched_page(visit_words, &m);
  observe(moment::after_marking);
  const hole_list holes = holes_of(m, aside);
  live::unmap(m.bits, bytes);
  // While the pass went on, threads may have read or remembered ids of states that left their locations before the pass came
  // by. Used again too early, such an id would mean another state to them.
  if (!caches::new_generation()) return false;
  states::recycle(holes, budget::exceeded());
  return true;
}

}  // namespace

bool now() noexcept {
  if (!collecting.try_lock()) return false;
  hole_list aside;
  states::set_aside(aside);
  marks m{nullptr, states::units_used()};
  const bool passed = pass(m, aside);
  if (passed) {
    done.fetch_add(1, std::memory_order_relaxed);
    found_in_use.store(m.units, std::memory_order_relaxed);
  }
  // A pass over a page of words is worth as much memory as some units; what is in use may double before the next one.
  const std::uint64_t from = passed ? 0 : states::units_since_collection();
  due_at.store(from + std::max({least_units, m.units, m.pages * 32}), std::memory_order_relaxed);
  collecting.unlock();
  return passed;
}

std::uint64_t units_in_use() noexcept { return found_in_use.load(std::memory_order_relaxed) + states::units_since_collection(); }

void if_due() noexcept {
  if (budget::exceeded()) [[unlikely]] return budget::relieve();
  if (states::units_since_collection() >= due_at.load(std::memory_order_relaxed)) [[unlikely]] now();
}

void observe_passes(void (*f)(moment) noexcept) noexcept { pass_observer.store(f, std::memory_order_relaxed); }
std::uint64_t passes() noexcept { return done.load(std::memory_order_relaxed); }

}  // namespace gosan::race::collect
