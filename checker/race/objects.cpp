#include "race/objects.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include "live/live.hpp"
#include "live/paged_table.hpp"
#include "race/access.hpp"
#include "race/pool.hpp"

namespace gosan::race {

slot_clocks::~slot_clocks() {
  for (std::uint64_t i = 0; i < rooms_; ++i) {
    if (!pages_[i]) continue;
    for (unsigned k = 0; k < per_page; ++k) pages_[i][k].~clock();
    pool::release(pages_[i], sizeof(clock) * per_page);
  }
  if (pages_) pool::release(pages_, rooms_ * sizeof(clock*));
}

clock& slot_clocks::at(std::uint64_t slot) noexcept {
  const std::uint64_t page = slot / per_page;
  if (page >= rooms_) {
    std::uint64_t rooms = rooms_ ? rooms_ : 1;
    while (rooms <= page) rooms *= 2;
    auto** grown = static_cast<clock**>(pool::allocate(rooms * sizeof(clock*)));
    std::memset(grown, 0, rooms * sizeof(clock*));
    if (pages_) {
      std::memcpy(grown, pages_, rooms_ * sizeof(clock*));
      pool::release(pages_, rooms_ * sizeof(clock*));
    }
    pages_ = grown;
    rooms_ = rooms;
  }
  clock*& clocks = pages_[page];
  if (!clocks) {
    clocks = static_cast<clock*>(pool::allocate(sizeof(clock) * per_page));
    for (unsigned k = 0; k < per_page; ++k) new (clocks + k) clock;
  }
  return clocks[slot % per_page];
}

reader_places::~reader_places() {
  if (row* r = row_.load(std::memory_order_relaxed)) live::internal_free(r, sizeof(row));
}

void reader_places::claim(epoch now) noexcept {
  row* r = row_.load(std::memory_order_relaxed);
  if (!r) {
    r = new (live::internal_alloc(sizeof(row), alignof(row))) row;
    row_.store(r, std::memory_order_release);  // [ROW] meets the load in of()
  }
  std::atomic<epoch>& left = r->of(now);
  if (!left.load(std::memory_order_relaxed)) left.store(now, std::memory_order_relaxed);  // [PLACE]
}

object_state::~object_state() {
  if (!arrived) return;
  arrived->~arrivals();
  pool::release(arrived, sizeof(arrivals));
}

arrivals& object_state::make_arrivals() noexcept { return *(arrived = new (pool::allocate(sizeof(arrivals))) arrivals); }

namespace objects {
namespace {

constinit live::paged_table<std::atomic<object_state*>> table;
constinit std::atomic<std::uint64_t> count{0};

void free_state(object_state* o) noexcept {
  forget(reinterpret_cast<std::uintptr_t>(&o->misuse), sizeof o->misuse);
  o->~object_state();
  pool::release(o, sizeof(object_state));
}

}  // namespace

object_state& of(events::object_id id) noexcept {
  std::atomic<object_state*>& slot = table.at(id);
  // Acquire meets the release of the exchange: a state is seen constructed. [OBJECT]
  if (object_state* o = slot.load(std::memory_order_acquire)) return *o;
  auto* fresh = new (pool::allocate(sizeof(object_state))) object_state;
  object_state* expected = nullptr;
  if (slot.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) {  // [OBJECT]
    count.fetch_add(1, std::memory_order_relaxed);
    return *fresh;
  }
  free_state(fresh);
  return *expected;
}

object_state* find(events::object_id id) noexcept {
  auto* slot = table.find(id);
  return slot ? slot->load(std::memory_order_acquire) : nullptr;
}

void end(events::object_id id) noexcept {
  auto* slot = table.find(id);
  if (!slot) return;
  object_state* o = slot->exchange(nullptr, std::memory_order_acq_rel);
  if (!o) return;
  free_state(o);
  count.fetch_sub(1, std::memory_order_relaxed);
  table.retire(id);
}

std::uint64_t alive() noexcept { return count.load(std::memory_order_relaxed); }

}  // namespace objects
}  // namespace gosan::race
