#include "race/race_report.hpp"

#include <bit>
#include <mutex>

#include "live/actors.hpp"
#include "live/internal_alloc.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/actors.hpp"
#include "race/contexts.hpp"
#include "race/lock_history.hpp"
#include "race/memory_kind.hpp"
#include "race/missing_order.hpp"
#include "race/modules.hpp"
#include "race/race.hpp"

namespace gosan::race {
namespace {

constexpr std::size_t deepest = 256;

constinit std::atomic<std::uint64_t> found{0};
constinit std::atomic<race_observer> observer{nullptr};

// Pairs of places, each with a scope, reported so far.
struct reported_pairs {
  live::spin_lock lock;
  live::iset<std::uint64_t>* pairs = nullptr;  // guarded by lock; made at the first race
};
constinit reported_pairs reported;

// The test, or whatever else names a scope, that the finding will belong to.
events::object_id scope_of(const race_found& r) noexcept {
  const events::object_id own = live::actors::scope_of(r.who);
  return own ? own : live::actors::scope_of(actors::id_of(number_of(r.previous.earlier.when)));
}

// True for the first race of its pair of places in its scope, in whatever order the two sides came: each test fails by the races of its own,
// also where they are in a function that another test has called before.
bool first_of_pair(const race_found& r) noexcept {
  std::uint64_t a = contexts::pc_of(r.current.site), b = contexts::pc_of(r.previous.earlier.site);
  if (a > b) std::swap(a, b);
  std::lock_guard hold(reported.lock);
  if (!reported.pairs)
    reported.pairs = new (live::internal_alloc(sizeof(live::iset<std::uint64_t>))) live::iset<std::uint64_t>;
  return reported.pairs->insert((a * 0x9E3779B97F4A7C15ull ^ b) + scope_of(r) * 0xD6E8FEB86659FD93ull).second;
}

// Bytes on which races are meant. [guarded by lock]
struct meant_range {
  std::uintptr_t first, end;
};
struct {
  live::spin_lock lock;
  live::ivector<meant_range>* list = nullptr;
} constinit meant;
constinit std::atomic<std::uint64_t> meant_count{0};

bool is_meant(const race_found& r) noexcept {
  const std::uintptr_t at = r.granule + static_cast<unsigned>(std::countr_zero(r.previous.bytes));
  std::lock_guard hold(meant.lock);
  if (!meant.list) return false;
  for (const meant_range& m : *meant.list)
    if (at >= m.first && at < m.end) return true;
  return false;
}

call_stack frames(node_id site) {
  std::uintptr_t pcs[deepest];
  return live::frames_of({pcs, contexts::stack_of(site, pcs, deepest)});
}

std::string access_text(const entry& e, unsigned shared) {
  if (e.kind == freed) return "free of the memory";
  std::string text = is_atomic(e.kind) ? "atomic " : "";
  text += is_write(e.kind) ? "write of " : "read of ";
  const unsigned n = bytes_in(e.size) ? bytes_in(e.size) : shared;
  return text + std::to_string(n) + (n == 1 ? " byte" : " bytes");
}

party side(const entry& e, events::actor_id who, std::string role) {
  party p = live::party_of(who);
  p.role = std::move(role);
  p.stack = frames(e.site);
  p.locks = lock_history::held_at(e.when, taken_in(e.size));
  return p;
}

// Where the stack went through code that is not instrumented, an order may have been made that was not seen.
std::string doubt(const finding& f) {
  for (const party& p : f.parties)
    if (const std::string module = modules::passed_through(p.stack); !module.empty())
      return "the stack passes through " + module + ", which is not instrumented: an order that it makes is not seen";
  return {};
}

// Deep inside an access of the program: what the report itself allocates and accesses is nobody's business.
struct quiet {
  const live::finding_under_way told;
  quiet() noexcept { ignore_begin(); }
  ~quiet() { ignore_end(); }
};

}  // namespace

void observe_races(race_observer f) noexcept { observer.store(f, std::memory_order_release); }
std::uint64_t races_found() noexcept { return found.load(std::memory_order_relaxed); }

std::uint64_t races_meant() noexcept { return meant_count.load(std::memory_order_relaxed); }

void benign_race(const void* p, std::size_t n, const char*) noexcept {
  const auto first = reinterpret_cast<std::uintptr_t>(p);
  std::lock_guard hold(meant.lock);
  if (!meant.list) meant.list = new (live::internal_alloc(sizeof *meant.list)) live::ivector<meant_range>;
  meant.list->push_back({first, first + n});
}

void report_race(const race_found& r) noexcept {
  if (!live::detector_on("race")) return;  // locks of threads are followed for others
  const events::actor_id other = actors::id_of(number_of(r.previous.earlier.when));
  if (live::main_and_its_handler(r.who, other)) return;
  // A handler that comes while one thread hands a goroutine on to another is, for a moment, the same actor on two. Tests want to see it.
  if (r.who == other && !observer.load(std::memory_order_acquire)) return;
  if (is_meant(r)) {
    meant_count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  found.fetch_add(1, std::memory_order_relaxed);
  if (race_observer f = observer.load(std::memory_order_acquire)) f(r);
  if (!first_of_pair(r)) return;
  quiet scope;
  const entry& before = r.previous.earlier;
  const auto shared = static_cast<unsigned>(std::popcount(r.previous.bytes));
  finding f;
  f.kind = finding_kind::data_race;
  f.parties.push_back(side(r.current, r.who, access_text(r.current, shared)));
  f.parties.push_back(side(before, other, "previous " + access_text(before, shared)));
  const std::uintptr_t address = r.granule + static_cast<unsigned>(std::countr_zero(r.previous.bytes));
  described_object memory = before.kind == freed ? described_object{"heap block that was freed", {}} : describe_memory(address);
  f.message = access_text(r.current, shared) + " by " + name_of(f.parties[0], r.who) +
              " is not ordered after the " + access_text(before, shared) + " by " + name_of(f.parties[1], other);
  if (!memory.what.empty()) {
    f.message += ": " + memory.what;
    f.objects.push_back(std::move(memory));
  }
  f.notes.push_back(missing_order({f.parties[0], r.who, r.current.kind}, {f.parties[1], other, before.kind}));
  f.confidence = doubt(f);
  live::report(std::move(f));
}

void report_unordered(const race_found& r, finding_kind kind, const char* message, const char* current_role,
                      const char* previous_role) noexcept {
  found.fetch_add(1, std::memory_order_relaxed);
  if (race_observer f = observer.load(std::memory_order_acquire)) f(r);
  if (!first_of_pair(r)) return;
  quiet scope;
  finding f;
  f.kind = kind;
  f.message = message;
  f.parties.push_back(side(r.current, r.who, current_role));
  f.parties.push_back(side(r.previous.earlier, actors::id_of(number_of(r.previous.earlier.when)), previous_role));
  live::report(std::move(f));
}

}  // namespace gosan::race
