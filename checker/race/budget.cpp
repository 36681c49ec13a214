#include "race/budget.hpp"

#include <unistd.h>

#include <atomic>
#include <cstring>

#include "live/spin_lock.hpp"
#include "race/atomics.hpp"
#include "race/clock_tree.hpp"
#include "race/collect.hpp"
#include "race/contexts.hpp"
#include "race/shadow.hpp"
#include "race/states.hpp"

namespace gosan::race::budget {

constinit std::atomic<mode> detail::current{mode::full};

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constinit std::atomic<std::uint64_t> limit{0};
constinit std::atomic<bool> over{false};
constinit std::atomic<std::uint64_t> forgotten{0};
constinit live::spin_lock relieving;

// Of the parts that consist of many small pieces.
constexpr std::uint64_t bytes_per_clock_node = 64, bytes_per_context = 16, bytes_per_atomic = 128;

const char* text_of(mode m) noexcept {
  switch (m) {
    case mode::full: return "";
    case mode::forgetful: return "race_memory was reached: accesses before were forgotten, races with them are missed";
    case mode::off: return "race_memory is too little for the order of events alone: no access was checked any more";
  }
  return "";
}

void say(const char* text) noexcept {
  for (const char* part : {"gosan: ", text, "\n"}) [[maybe_unused]] auto written = write(2, part, std::strlen(part));
}

void change(mode to) noexcept {
  if (detail::current.exchange(to, relaxed) != to) say(text_of(to));
}

std::uint64_t states_and_shadow() noexcept { return collect::units_in_use() * state_unit + shadow::bytes_touched(); }
std::uint64_t orders() noexcept {
  return clock_tree::nodes_alive() * bytes_per_clock_node + contexts::count() * bytes_per_context + sync_vars_alive() * bytes_per_atomic;
}

}  // namespace

void start(std::uint64_t bytes) noexcept { limit.store(bytes, relaxed); }
bool exceeded() noexcept { return over.load(relaxed); }
std::uint64_t used() noexcept { return states_and_shadow() + orders(); }
std::uint64_t times_forgotten() noexcept { return forgotten.load(relaxed); }

void note_growth() noexcept {
  const std::uint64_t most = limit.load(relaxed);
  if (most && !off() && used() > most) over.store(true, relaxed);
}

void relieve() noexcept {
  if (!relieving.try_lock()) return;
  const std::uint64_t most = limit.load(relaxed);
  // Some room must be gained, or it would be done again at once. A collection fails when a thread is held up: then next time.
  bool done = collect::now();
  if (done && used() > most - most / 4 && states_and_shadow() > most / 8) {
    shadow::forget_all();
    done = collect::now();
    forgotten.fetch_add(1, relaxed);
    change(mode::forgetful);
  }
  if (done && used() > most) change(mode::off);
  over.store(false, relaxed);
  relieving.unlock();
}

void add_notes(std::vector<std::string>& notes) {
  if (now() == mode::full) return;
  notes.push_back(std::string(text_of(mode::forgetful)) + " (" + std::to_string(times_forgotten()) + " times)");
  if (off()) notes.emplace_back(text_of(mode::off));
}

}  // namespace gosan::race::budget
