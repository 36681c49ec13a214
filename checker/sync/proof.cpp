#include "sync/proof.hpp"

#include <algorithm>

namespace gosan::sync {

using events::goroutine_state;
using events::goroutine_view;
using events::wait_reason;

namespace {

// Whether it has switched to the scheduler itself, all registers saved at its stack pointer. A wait for a lock of the system's
// threads is one of the thread it runs on.
bool is_parked(const goroutine_view& g) noexcept {
  return g.state == goroutine_state::waiting && g.why != wait_reason::thread_lock && g.registers.empty() && !g.is_thread;
}

// What a goroutine's stack holds now. An interrupted leaf function may use the red zone below the pointer; of one that is parked
// only what earlier calls have left lies there, and such words make rings out of strangers.
memory_range used_stack(const goroutine_view& g) noexcept {
  constexpr std::uintptr_t red_zone = 128;
  // A handler of a signal may run on a stack of its own: of the goroutine's, nobody knows then how much is in use.
  if (g.stack_pointer < g.stack_low || g.stack_pointer >= g.stack_high) return {g.stack_low, g.stack_high};
  if (is_parked(g)) return {g.stack_pointer, g.stack_high};
  const std::uintptr_t low = g.stack_pointer > g.stack_low + red_zone ? g.stack_pointer - red_zone : g.stack_low;
  return {low, g.stack_high};
}

}  // namespace

leak_proof::leak_proof(const events::snapshot& s, const object_table& objects, const lock_detector& locks, const wait_table& waits,
                       const block_map& heap, layout sizes)
    : s_(s), objects_(objects), locks_(locks), waits_(waits), heap_(heap), sizes_(sizes),
      live_(s.goroutines.size()), stack_marked_(s.goroutines.size()) {
  for (std::size_t i = 0; i < s.goroutines.size(); ++i) {
    const goroutine_view& g = s.goroutines[i];
    place_[g.id] = i;
    if (g.is_thread) continue;
    // Below the stack pointer nothing lives: an address there is the scheduler's, of the stack as a whole.
    if (g.stack_high) stacks_.add(used_stack(g), i);
    const auto block = reinterpret_cast<std::uintptr_t>(g.control_block);
    if (!block) continue;
    // The scheduler's part and the closure, into which the user may point as into a stack.
    const std::uintptr_t own = block + (sizes_.control_block ? sizes_.control_block : g.control_block_size);
    control_blocks_.add({block, own}, i);
    if (own < block + g.control_block_size) stacks_.add({own, block + g.control_block_size}, i);
  }
  stacks_.sort();
  control_blocks_.sort();
  find_readers();
}

void leak_proof::find_readers() {
  for (const goroutine_view& g : s_.goroutines)
    if (waits_for_lock(g) && object_table::kind_of(g.why) == object_kind::shared_lock && !locks_.owner_of(g.waits_on)) readers_[g.waits_on];
  if (readers_.empty()) return;
  for (std::size_t i = 0; i < s_.goroutines.size(); ++i)
    locks_.visit_held(s_.goroutines[i].id, [&](events::object_id lock, events::lock_mode, std::uint32_t) {
      if (const auto at = readers_.find(lock); at != readers_.end()) at->second.all.push_back(i);
    });
}

std::span<const std::size_t> leak_proof::holders_of(std::size_t place) {
  const goroutine_view& g = s_.goroutines[place];
  events::actor_id one = 0;
  if (waits_for_lock(g)) {
    one = locks_.owner_of(g.waits_on);
    if (const auto at = readers_.find(g.waits_on); !one && at != readers_.end()) return at->second.all;
  } else if (g.state == goroutine_state::waiting && g.why == wait_reason::once_call) {
    one = objects_.caller_of(g.waits_on);
  }
  if (!one) return {};
  const auto at = place_.find(one);
  if (at == place_.end()) return {};
  one_holder_ = at->second;
  return {&one_holder_, 1};
}

bool leak_proof::all_can_run(reader_list& r) const noexcept {
  while (r.can_run < r.all.size() && live_[r.all[r.can_run]]) ++r.can_run;
  return r.can_run == r.all.size();
}

void leak_proof::piece_map::sort() {
  std::erase_if(pieces_, [](const stack_piece& p) { return p.range.low >= p.range.high; });
  std::sort(pieces_.begin(), pieces_.end(), [](const auto& a, const auto& b) { return a.range.low < b.range.low; });
  if (pieces_.empty()) return;
  low_ = pieces_.front().range.low;
  high_ = pieces_.back().range.high;
  while ((high_ - low_) >> slice_bits_ > 2 * pieces_.size()) ++slice_bits_;
  const std::size_t slices = ((high_ - low_) >> slice_bits_) + 1;
  first_.reserve(slices + 1);
  std::uint32_t next = 0;
  for (std::size_t s = 0; s <= slices; ++s) {
    while (next < pieces_.size() && pieces_[next].range.high <= low_ + (s << slice_bits_)) ++next;
    first_.push_back(next);
  }
}

const leak_proof::stack_piece* leak_proof::piece_map::find(std::uintptr_t a) const noexcept {
  if (a < low_ || a >= high_) return nullptr;
  const std::size_t slice = (a - low_) >> slice_bits_;
  const auto from = pieces_.begin() + first_[slice];
  const auto to = pieces_.begin() + std::min<std::size_t>(first_[slice + 1] + 1, pieces_.size());
  const auto at = std::partition_point(from, to, [a](const stack_piece& p) { return p.range.high <= a; });
  return at != to && at->range.low <= a ? &*at : nullptr;
}

bool leak_proof::runs_by_itself(const goroutine_view& g) const noexcept {
  if (g.state == goroutine_state::ended) return false;
  if (g.is_thread || g.state != goroutine_state::waiting) return true;
  switch (g.why) {
    case wait_reason::none: case wait_reason::sleep: case wait_reason::io_wait: case wait_reason::blocking:
    case wait_reason::run_main: case wait_reason::thread_wait: return true;
    default: return false;
  }
}

// A lock's queue leads to the stacks of those who wait for it. Following it would make a lock in a global keep alive what
// its waiters know of, though only its holder can wake them.
void leak_proof::mask_locks() {
  for (const goroutine_view& g : s_.goroutines) {
    if (g.is_thread || !waits_for_lock(g)) continue;
    const object_kind k = object_table::kind_of(g.why);
    const auto readers = readers_.find(g.waits_on);
    if (!locks_.owner_of(g.waits_on) && (readers == readers_.end() || readers->second.all.empty())) continue;
    const object* o = objects_.find(g.waits_on);
    const std::uintptr_t at = o ? o->address.load(std::memory_order_relaxed) : 0;
    if (at) masked_.push_back({at, at + (k == object_kind::lock ? sizes_.mutex : sizes_.shared_mutex)});
  }
  std::sort(masked_.begin(), masked_.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  masked_.erase(std::unique(masked_.begin(), masked_.end(), [](const auto& a, const auto& b) { return a.low == b.low; }), masked_.end());
}

void leak_proof::pass_over(std::uintptr_t block) {
  memory_range r;
  if (heap_.block_of(block, r)) blocks_.insert(r.low);
}

void leak_proof::mark(std::uintptr_t word) {
  if (control_blocks_.find(word)) return;  // the scheduler's lists know every goroutine; that wakes none
  if (const stack_piece* p = stack_of(word)) {
    // Somebody who runs knows an address on that stack: what lies there is his to use.
    if (stack_marked_[p->goroutine]++) return;
    if (explaining_) return;  // the queue of what somebody waits for leads there: he knows what he knows, not the caller
    const goroutine_view& g = s_.goroutines[p->goroutine];
    todo_.push_back(p->range);  // the stack, or the closure
    todo_.push_back(used_stack(g));
    return;
  }
  memory_range block;
  if (heap_.block_of(word, block) && blocks_.insert(block.low).second) todo_.push_back(block);
}

// The memory may belong to code of any kind, also to what a sanitizer has fenced off.
__attribute__((no_sanitize_address, no_sanitize_thread)) void leak_proof::scan(memory_range r) {
  auto hidden = std::lower_bound(masked_.begin(), masked_.end(), r.low, [](const auto& m, std::uintptr_t x) { return m.high <= x; });
  for (std::uintptr_t a = (r.low + 7) & ~std::uintptr_t{7}; a + 8 <= r.high; a += 8) {
    while (hidden != masked_.end() && hidden->high <= a) ++hidden;
    if (hidden != masked_.end() && a >= hidden->low) continue;
    const std::uintptr_t word = *reinterpret_cast<const volatile std::uintptr_t*>(a);
    if (word > 4096 && word - r.low >= r.high - r.low) mark(word);  // what is being scanned is marked
  }
}

void leak_proof::drain() {
  while (!todo_.empty()) {
    const memory_range r = todo_.back();
    todo_.pop_back();
    scan(r);
  }
}

bool leak_proof::reached_address(std::uintptr_t a) {
  if (const stack_piece* p = stack_of(a)) return live_[p->goroutine] || stack_marked_[p->goroutine];
  memory_range block;
  if (heap_.block_of(a, block)) return blocks_.contains(block.low);
  return true;  // a global, a thread's stack, memory of the user's own: always within reach
}

bool leak_proof::reached(events::object_id id) {
  const object* o = objects_.find(id);
  const std::uintptr_t a = o ? o->address.load(std::memory_order_relaxed) : 0;
  return !a || reached_address(a);  // where it lies is not known: nothing can be proven
}

bool leak_proof::can_be_woken(std::size_t place) {
  const goroutine_view& g = s_.goroutines[place];
  switch (g.why) {
    case wait_reason::chan_send_nil: case wait_reason::chan_recv_nil: case wait_reason::select_no_cases: return false;
    case wait_reason::select: {
      const auto cases = waits_.cases_of(g.id);
      return std::any_of(cases.begin(), cases.end(), [this](events::object_id c) { return c && reached(c); });
    }
    default: break;
  }
  if (!g.waits_on) return true;
  if (const auto at = readers_.find(g.waits_on); at != readers_.end() && waits_for_lock(g) && !at->second.all.empty())
    return all_can_run(at->second);
  if (const auto holder = holders_of(place); !holder.empty()) return live_[holder.front()];
  if (waits_for_lock(g))
    if (const events::actor_id owner = locks_.owner_of(g.waits_on)) {
      // Who is not in the picture is a thread at its own work, or one that ended holding it and will not unlock it any more.
      return !locks_.ended_holding(owner);
    }
  if (g.why == wait_reason::thread_lock) return true;  // whoever holds it has not been seen to take it
  return reached(g.waits_on);
}

void leak_proof::revive(std::size_t place) {
  live_[place] = 1;
  const goroutine_view& g = s_.goroutines[place];
  for (std::uintptr_t w : g.registers) mark(w);
  if (g.control_block) todo_.push_back({reinterpret_cast<std::uintptr_t>(g.control_block), reinterpret_cast<std::uintptr_t>(g.control_block) + g.control_block_size});
  if (g.stack_high && !stack_marked_[place]++) todo_.push_back(used_stack(g));
  drain();
}

live::svector<std::size_t> leak_proof::run() {
  mask_locks();
  for (std::size_t i = 0; i < s_.goroutines.size(); ++i)
    if (runs_by_itself(s_.goroutines[i])) revive(i);
  for (std::uintptr_t w : words_) mark(w);
  for (const memory_range& r : roots_) scan(r), drain();
  // A timer or another root that knows of a goroutine itself, not of what it waits for, may wake it.
  for (std::uintptr_t w : words_)
    for (const stack_piece* p : {stack_of(w), control_blocks_.find(w)})
      if (p && !live_[p->goroutine] && s_.goroutines[p->goroutine].state == goroutine_state::waiting) revive(p->goroutine);
  live::svector<std::size_t> waiting;
  for (std::size_t i = 0; i < s_.goroutines.size(); ++i)
    if (!live_[i] && s_.goroutines[i].state == goroutine_state::waiting) waiting.push_back(i);
  for (bool changed = true; changed;) {
    changed = false;
    std::erase_if(waiting, [&](std::size_t i) {
      if (!live_[i] && !can_be_woken(i)) return false;
      if (!live_[i]) revive(i), changed = true;
      return true;
    });
  }
  return waiting;
}

void leak_proof::mark_from(std::size_t place) {
  blocks_.clear();
  std::fill(stack_marked_.begin(), stack_marked_.end(), 0);
  std::fill(live_.begin(), live_.end(), 0);
  explaining_ = true;
  revive(place);
}

bool leak_proof::marks(events::object_id id) {
  const object* o = objects_.find(id);
  const std::uintptr_t a = o ? o->address.load(std::memory_order_relaxed) : 0;
  memory_range block;
  return a && (stack_of(a) || heap_.block_of(a, block)) && reached_address(a);
}

std::span<const events::object_id> leak_proof::waited_for(std::size_t place) const {
  const goroutine_view& g = s_.goroutines[place];
  if (g.why == wait_reason::select) return waits_.cases_of(g.id);
  return {&g.waits_on, g.waits_on ? 1u : 0u};
}

}  // namespace gosan::sync
