#include "live/detectors.hpp"

#include "live/actors.hpp"
#include "live/books.hpp"
#include "live/live.hpp"
#include "live/lock_names.hpp"
#include "live/routes.hpp"
#include "options/options.hpp"
#include "sched/goroutine.hpp"
#include "sched/sched.hpp"
#include "sync/locks.hpp"
#include "sync/misuse.hpp"
#include "events/sink.hpp"
#include "trace/record/record.hpp"

namespace gosan::live {

constinit std::atomic<bool> accepting{true};

namespace {

class live_environment final : public sync::environment {
 public:
  constexpr live_environment() = default;
  party party_of(events::actor_id g) override { return live::party_of(g); }
  call_stack frames_of(events::stack_id id) override { return live::frames_of(id); }
  call_stack frames_of(std::span<const std::uintptr_t> pcs) override { return live::frames_of(pcs); }
  events::object_id scope_of(events::actor_id g) override { return actors::scope_of(g); }
  events::stack_id capture() override {
    std::uintptr_t pcs[64];
    return intern_stack({pcs, walk_stack(pcs, std::size(pcs), 2)});
  }
  std::size_t walk(std::span<std::uintptr_t> into, const void* from) override {
    return from ? walk_from(from, into.data(), into.size()) : walk_stack(into.data(), into.size(), 2);
  }
  void report(finding&& f) override { live::report(std::move(f)); }
  void orders_wanted() override;
};

// Never destroyed: events come while static destructors run.
template <typename T>
union forever {
  T it;
  template <typename... A>
  constexpr explicit forever(A&&... a) : it(std::forward<A>(a)...) {}
  ~forever() {}
};

constinit forever<live_environment> environment;
constinit forever<sync::object_table> objects;
constinit forever<sync::wait_table> waits;
constinit forever<sync::lock_detector> locks{objects.it, environment.it};
constinit forever<sync::misuse_detector> misuse{objects.it, locks.it, environment.it};
constinit std::atomic<events::actor_id> panic_by{0};
constinit std::atomic<events::stack_id> panic_at{0};

constinit std::atomic<bool> orders_used{false};

bool listed(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    if (item == name) return true;
    list.remove_prefix(std::min(list.size(), item.size() + 1));
  }
  return false;
}

}  // namespace

books the_books() noexcept { return {environment.it, objects.it, locks.it, waits.it, misuse.it}; }

constinit std::atomic<unsigned> detail::on{unread};

[[gnu::noinline]] unsigned detail::read_detectors() noexcept {
  const std::string& list = process_options().detect;
  unsigned bits = 0;
  if (listed(list, "race")) bits |= race;
  if (listed(list, "leak")) bits |= leak;
  if (listed(list, "deadlock")) bits |= deadlock;
  if (listed(list, "lock-order")) bits |= lock_order;
  on.store(bits, relaxed);
  return bits;
}

std::string lock_name(events::object_id lock) { return objects.it.name(lock); }

bool detector_on(std::string_view name) noexcept { return listed(process_options().detect, name); }

void set_address(events::object_id id, const void* tag) noexcept { objects.it.set_address(id, tag); }
thrown last_panic() noexcept { return {panic_by.load(), panic_at.load()}; }
events::actor_id current_actor() noexcept { return rt::id_of(rt::self()); }
bool between_goroutines() noexcept { return rt::between_goroutines(); }
namespace {
constinit std::atomic<int> under_way{0};
[[gnu::tls_model("initial-exec")]] thread_local constinit int under_way_here = 0;
}  // namespace
finding_under_way::finding_under_way() noexcept { ++under_way, ++under_way_here; }
finding_under_way::~finding_under_way() { --under_way, --under_way_here; }
bool finding_under_way::elsewhere() noexcept { return under_way.load() > under_way_here; }

bool main_and_its_handler(events::actor_id a, events::actor_id b) noexcept {
  const events::actor_id main = rt::latest_main(), waiter = rt::waiter_for_main();
  return main && ((a == main && b == waiter) || (a == waiter && b == main));
}
events::actor_id reserve_thread_actor() noexcept { return rt::reserve_actor_id(); }
void adopt_thread_actor(events::actor_id id) noexcept { rt::adopt_thread(id); }

constinit std::atomic<unsigned> takers{~0u};

void live_environment::orders_wanted() {
  orders_used.store(true, relaxed);
  update_wanted();
}

events::sink::object_uses* uses_of(events::object_id id) noexcept { return &objects.it.at(id).used; }

static_assert(routes[events::kind::go_start] == to_trace, "events::traced() asks for it");

void update_wanted() noexcept {
  const bool races = detectors_on() & race, traced = trace::recording(), all = races || traced;
  const bool orders = (detectors_on() & lock_order) && orders_used.load(relaxed);
  const unsigned there = ~((races ? 0u : to_race) | (traced ? 0u : to_trace) | (orders ? 0u : to_orders));
  std::uint64_t bits = std::uint64_t{races} << events::memory_bit;
  for (unsigned k = 0; k < static_cast<unsigned>(events::kind::count_); ++k)
    if (routes[static_cast<events::kind>(k)] & there & (to_actors | to_sync | to_race | to_trace)) bits |= std::uint64_t{1} << k;
  // A goroutine's: its control block says who waits and who runs.
  const auto leave_out = [&](events::kind k) { bits &= ~(std::uint64_t{1} << static_cast<unsigned>(k)); };
  if (!traced) leave_out(events::kind::ready);
  if (!all) leave_out(events::kind::run);
  takers.store(there, relaxed);
  events::sink::wanted.store(bits, relaxed);
}

namespace {

bool in_channel(events::wait_reason why) noexcept {
  return why == events::wait_reason::chan_send || why == events::wait_reason::chan_recv;
}

void on_park(const events::event& e, bool orders, const void* at) noexcept {
  const auto why = static_cast<events::wait_reason>(e.a);
  if (wait_tells(e.g, why)) locks.it.on_event(e, orders, at);
  if (in_channel(why)) return;
  objects.it.on_event(e);
  waits.it.on_event(e);
}

}  // namespace

// A wait in a channel is the common one, and nothing but a lock held meanwhile makes it worth a look.
bool wait_tells(events::actor_id g, events::wait_reason why) noexcept {
  return !in_channel(why) || ((detail::on.load(relaxed) & lock_order) && locks.it.holds_any(g));  // before they are read, all seem to be on
}

void note_end(events::actor_id g) noexcept { locks.it.end_actor(g); }

void forget_actors(events::actor_id first) noexcept {
  locks.it.forget_actors(first);
  waits.it.forget_actors(first);
}

void to_locks_alone(const events::event& e, const void* at) noexcept {
  if (e.what == events::kind::lock_release) return locks.it.on_release(e);
  if (locks.it.on_acquire(e, detectors_on() & lock_order, at)) objects.it.note_lock(e);
}

void to_sync_detectors(const events::event& e, unsigned to, const void* at) noexcept {
  const bool orders = detectors_on() & lock_order;
  switch (e.what) {
    using enum events::kind;
    case lock_release:
    case lock_acquire: return to_locks_alone(e, at);
    case events::kind::park: return on_park(e, orders, at);
    case wg_done:  // of those that leave the counter above zero only the orders are news
      if (e.b && !(to & to_orders)) return;
      break;
    case panic: panic_by.store(e.g), panic_at.store(e.stack); break;
    default: break;
  }
  if ((to & to_locks) || ((to & to_orders) && orders && locks.it.uses_orders())) locks.it.on_event(e, orders, at);
  if (to & to_misuse) misuse.it.on_event(e);
  if ((to & to_objects) && objects.it.on_event(e)) locks.it.forget_page(e.obj);
  if (to & to_waits) waits.it.on_event(e);
}

namespace {

// Takes the lock on by take(book, walk), where g has a book and runs on its own stack.
template <typename Take>
[[gnu::always_inline]] inline bool note_taking(const rt::goroutine& g, const void* at, Take take) noexcept {
  auto* mine = static_cast<sync::lock_detector::book*>(g.books);
  const events::stack_range bounds = stack_of(g);
  const auto fp = reinterpret_cast<std::uintptr_t>(at);
  if (!mine || fp < bounds.low || fp >= bounds.high) [[unlikely]] return false;  // the first one; in a signal handler
  // That it is the lock's own function which tells is known: from its frame on.
  const void* its = *static_cast<void* const*>(at);
  return take(*mine, [&](std::span<std::uintptr_t> pcs) { return walk_within(bounds, its, pcs.data(), pcs.size() - 1); });
}

}  // namespace

[[gnu::always_inline]] bool note_acquired_again(const rt::goroutine& g, events::object_id lock, bool by_try, const void* at) noexcept {
  return note_taking(g, at, [&](auto& mine, auto walk) { return locks.it.take_again(mine, g.id, lock, by_try, walk); });
}

bool note_acquired(const rt::goroutine& g, events::object_id lock, bool by_try, const void* at) noexcept {
  return note_taking(g, at, [&](auto& mine, auto walk) { return locks.it.take_alone(mine, g.id, lock, by_try, walk); });
}

[[gnu::always_inline]] bool note_released(const rt::goroutine& g, events::object_id lock) noexcept {
  auto* mine = static_cast<sync::lock_detector::book*>(g.books);
  return mine && locks.it.give_up_last(*mine, lock);
}

void show_book(rt::goroutine& g) noexcept { g.books = locks.it.book_of(g.id); }

}  // namespace gosan::live
