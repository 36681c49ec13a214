#include "live/actors.hpp"

#include <iterator>
#include <mutex>
#include <new>
#include <utility>

#include "live/depot.hpp"
#include "live/detectors.hpp"
#include "live/internal_alloc.hpp"
#include "live/os_waits.hpp"
#include "live/paged_table.hpp"
#include "live/spin_lock.hpp"
#include "sched/goroutine.hpp"

namespace gosan::live {
namespace {

constinit paged_table<actor> table;
constinit paged_table<thread_wait> thread_waits;  // its pages go with those of the table

// Of a test, by the id of its object; and these ids by number.
struct scope {
  std::atomic<events::text_id> name;
  std::atomic<std::uint32_t> number;
};
constinit paged_table<scope> scopes;
constinit paged_table<std::atomic<events::object_id>> scope_ids;
constinit std::atomic<std::uint32_t> last_scope{0};  // while it is zero nobody has one to inherit

std::uint32_t number_of(events::object_id id) noexcept {
  if (!id) return 0;
  std::atomic<std::uint32_t>& number = scopes.at(id).number;
  std::uint32_t known = number.load(relaxed);
  if (known) return known;
  const std::uint32_t fresh = last_scope.fetch_add(1, relaxed) + 1;
  scope_ids.at(fresh).store(id, relaxed);
  return number.compare_exchange_strong(known, fresh, relaxed) ? fresh : known;
}

// What a thread has counted and not passed on, so that the lives of goroutines touch nothing that threads share. Never freed; that of
// a thread which has ended goes to the next one that begins.
struct thread_share {
  std::atomic<std::uint64_t> created{0};  // written by the thread alone
  thread_share* following = nullptr;      // in the list of all
  thread_share* next_idle = nullptr;
  // Who has ended, by page of the table.
  struct some_of_page {
    std::uint64_t page;
    std::uint32_t count;
  };
  static constexpr std::uint32_t together = 32;
  some_of_page ended[16] = {};
  std::uint32_t uncounted = 0;
};
constinit std::atomic<thread_share*> shares{nullptr};
constinit spin_lock idle_lock;
constinit thread_share* idle_shares = nullptr;  // guarded by it
thread_local constinit thread_share* my_share __attribute__((tls_model("initial-exec"))) = nullptr;

thread_share* take_idle() noexcept {
  const std::lock_guard hold(idle_lock);
  thread_share* s = idle_shares;
  if (s) idle_shares = s->next_idle;
  return s;
}

void leave_share() noexcept {
  const std::lock_guard hold(idle_lock);
  my_share->next_idle = idle_shares;
  idle_shares = std::exchange(my_share, nullptr);
}

[[gnu::noinline]] thread_share& get_share() noexcept {
  if (thread_share* s = take_idle()) return *(my_share = s);
  auto* s = new (internal_alloc(sizeof(thread_share))) thread_share;
  s->following = shares.load(relaxed);
  while (!shares.compare_exchange_weak(s->following, s, std::memory_order_release)) {  // [SHARES]
  }
  return *(my_share = s);
}
thread_share& share() noexcept { return my_share ? *my_share : get_share(); }

void count_one() noexcept {
  std::atomic<std::uint64_t>& n = share().created;
  n.store(n.load(relaxed) + 1, relaxed);
}

// Ended actors are remembered for reports on what they did, so many of the latest at least: pages of the table that are older serve others.
constexpr std::uint64_t remembered = 1u << 16;
constinit std::atomic<std::uint64_t> ended{0};

thread_local constinit events::actor_id here __attribute__((tls_model("initial-exec"))) = 0;

[[gnu::noinline]] void pass_on(thread_share& s, const thread_share::some_of_page& of) noexcept {
  s.uncounted += of.count;
  // What a thread has not passed on is missing: so few that it does not matter to what is remembered.
  std::uint64_t so_far = ended.load(relaxed);
  if (s.uncounted >= thread_share::together) so_far = ended.fetch_add(s.uncounted, relaxed) + std::exchange(s.uncounted, 0);
  table.reuse(of.page << table.entry_bits, of.count, so_far, remembered, [](std::uint64_t first) {
    thread_waits.forget_page(first);
    forget_actors(first);
  });
}

thread_share::some_of_page& place_of(thread_share& s, events::actor_id g) noexcept {
  return s.ended[(g >> table.entry_bits) % std::size(s.ended)];
}

// Apart, so that the usual way has no use for registers that it would have to save.
[[gnu::noinline]] void remember_first_or_last(events::actor_id g) noexcept {
  thread_share& s = share();
  thread_share::some_of_page& of = place_of(s, g);
  const std::uint64_t page = g >> table.entry_bits;
  if (of.page != page) {
    if (of.count) pass_on(s, of);
    of = {page, 0};
  }
  if (++of.count < thread_share::together) return;
  pass_on(s, of);
  of.count = 0;
}

[[gnu::always_inline]] inline void remember_ended(events::actor_id g) noexcept {
  thread_share* s = my_share;
  if (!s) [[unlikely]] return remember_first_or_last(g);
  thread_share::some_of_page& of = place_of(*s, g);
  if (of.page != g >> table.entry_bits || of.count + 1 == thread_share::together) [[unlikely]] return remember_first_or_last(g);
  ++of.count;
}

void fill(actor& child, events::actor_id by, events::text_id name, events::stack_id at) noexcept {
  child.creator.store(by, relaxed);
  child.created_at.store(at, relaxed);
  child.name.store(name, relaxed);
  child.state.store(actor_state::created, relaxed);
  count_one();
}

actor& create(events::actor_id by, events::actor_id g, events::text_id name, events::stack_id at) noexcept {
  actor& child = table.at(g);
  if (last_scope.load(relaxed))
    if (const actor* parent = table.find(by)) child.scope.store(parent->scope.load(relaxed), relaxed);
  fill(child, by, name, at);
  return child;
}

// created() where it is not the usual way.
[[gnu::noinline]] void created_first(events::actor_id by, const rt::goroutine& g, events::text_id name, events::stack_id at) noexcept {
  create(by, g.id, name, at).block.store(&g, relaxed);
}

void create(const events::event& e) noexcept {
  actor& child = create(e.g, e.obj, static_cast<events::text_id>(e.a), e.stack);
  child.thread.store(e.what == events::kind::thread_create, relaxed);
}

bool blocks_thread(events::wait_reason why) noexcept {
  return why == events::wait_reason::thread_lock || why == events::wait_reason::thread_wait;
}

// Of a goroutine that leaves its worker to others the control block knows as much.
void note_park(const events::event& e) noexcept {
  if (!blocks_thread(static_cast<events::wait_reason>(e.a)) && rt::on_worker()) return;
  thread_wait& w = thread_waits.at(e.g);
  w.on.store(e.obj, relaxed);
  w.at.store(e.stack, relaxed);
  w.why.store(static_cast<events::wait_reason>(e.a), relaxed);
  w.begun.store(w.begun.load(relaxed) + 1, relaxed);
  table.at(e.g).state.store(actor_state::waiting, relaxed);
  if (blocks_thread(w.why.load(relaxed))) os_waits::on_park(e.g);
}

// The scheduler's tells what the control block does; after a wait that blocked the thread it names what was waited for.
void note_run(const events::event& e) noexcept {
  if (!e.obj) return;
  os_waits::on_run(e.g);
  table.at(e.g).state.store(actor_state::active, relaxed);
}

// The words are the runtime's own, written by whoever acts for the goroutine: each is read at once, and none is believed when the block
// was another's before or after.
template <typename T>
T word(const T& of) noexcept {
  T value;
  __atomic_load(&of, &value, __ATOMIC_RELAXED);
  return value;
}

activity in_block(const rt::goroutine& g, events::actor_id id) noexcept {
  activity now{.state = actor_state::ended};
  const rt::gstate state = g.state.load(relaxed);
  const auto why = word(g.why);
  const auto waits_on = word(g.waits_on);
  const auto since = word(g.waits_since);
  if (word(g.id) != id || state == rt::gstate::free) return now;
  if (state == rt::gstate::waiting)
    return {.state = actor_state::waiting, .why = why, .waits_on = waits_on, .wait = static_cast<std::uint32_t>(since >> 10)};
  if (state == rt::gstate::runnable) now.state = word(g.context) ? actor_state::active : actor_state::created;
  else now.state = g.in_blocking.load(relaxed) ? actor_state::blocking : actor_state::active;
  return now;
}

}  // namespace

events::stack_range stack_of(const rt::goroutine& g) noexcept {
  return {reinterpret_cast<std::uintptr_t>(g.stk.low), reinterpret_cast<std::uintptr_t>(g.stk.high)};
}

namespace actors {

void on_event(const events::event& e) noexcept {
  switch (e.what) {
    using enum events::kind;
    case go_create:
    case thread_create: return create(e);
    case thread_attach: {
      actor& a = table.at(e.g);
      a.thread.store(true, relaxed);
      a.state.store(actor_state::active, relaxed);
      count_one();
      here = e.g;
      return;
    }
    case go_name: return table.at(e.g).name.store(static_cast<events::text_id>(e.a), relaxed);
    case run: return note_run(e);
    case events::kind::park: return note_park(e);
    case ready: return table.at(e.obj).state.store(actor_state::active, relaxed);
    case blocking_begin: return table.at(e.g).state.store(actor_state::blocking, relaxed);
    case blocking_end: return table.at(e.g).state.store(actor_state::active, relaxed);
    case go_end: return remember_ended(e.g);
    case thread_end:
      table.at(e.g).state.store(actor_state::ended, relaxed);
      remember_ended(e.g);
      return leave_share();
    case scope_begin:
      scopes.at(e.obj).name.store(static_cast<events::text_id>(e.a), relaxed);
      return table.at(e.g).scope.store(number_of(e.obj), relaxed);
    case scope_end: return table.at(e.g).scope.store(number_of(e.a), relaxed);
    default: return;
  }
}

void set_block(events::actor_id g, const rt::goroutine* block) noexcept { table.at(g).block.store(block, relaxed); }

void created(events::actor_id by, const rt::goroutine& g, events::text_id name, events::stack_id at) noexcept {
  actor* child = my_share && !last_scope.load(relaxed) ? table.find(g.id) : nullptr;
  if (!child) [[unlikely]] return created_first(by, g, name, at);
  fill(*child, by, name, at);
  child->block.store(&g, relaxed);
}

void ended(events::actor_id g) noexcept { remember_ended(g); }

activity activity_of(events::actor_id g) noexcept {
  const actor* a = find(g);
  if (!a) return {};
  const actor_state told = a->state.load(relaxed);
  const rt::goroutine* block = a->block.load(relaxed);
  if (block && told != actor_state::waiting) return in_block(*block, g);
  const thread_wait* w = thread_waits.find(g);
  return w ? activity{told, w->why.load(relaxed), w->on.load(relaxed), w->begun.load(relaxed)} : activity{.state = told};
}

const actor* find(events::actor_id g) noexcept {
  const actor* a = table.find(g);
  return a && a->state.load(relaxed) != actor_state::unseen ? a : nullptr;
}

events::object_id scope_of(events::actor_id g) noexcept {
  const actor* a = table.find(g);
  const std::uint32_t number = a ? a->scope.load(relaxed) : 0;
  return number ? scope_ids.at(number).load(relaxed) : 0;
}

events::stack_id parked_at(events::actor_id g) noexcept {
  const actor* a = table.find(g);
  const thread_wait* w = a && a->state.load(relaxed) == actor_state::waiting ? thread_waits.find(g) : nullptr;
  return w ? w->at.load(relaxed) : 0;
}

std::string scope_name(events::object_id scope) {
  const auto* known = scope ? scopes.find(scope) : nullptr;
  return known ? text_of(known->name.load(relaxed)) : std::string{};
}

std::string state_text(events::actor_id g) {
  const activity now = activity_of(g);
  switch (now.state) {
    case actor_state::unseen: return "unknown";
    case actor_state::created: return "runnable";
    case actor_state::active: return "running";
    case actor_state::waiting: return std::string(events::text(now.why));
    case actor_state::blocking: return std::string(events::text(events::wait_reason::blocking));
    case actor_state::ended: return "ended";
  }
  return {};
}

[[gnu::noinline]] events::actor_id running_here() noexcept { return rt::on_worker() ? rt::running_id() : here; }
[[gnu::noinline]] void set_running_here(events::actor_id g) noexcept { here = g; }

std::uint64_t seen() noexcept {
  std::uint64_t n = 0;
  for (const thread_share* s = shares.load(std::memory_order_acquire); s; s = s->following) n += s->created.load(relaxed);  // [SHARES]
  return n;
}

}  // namespace actors

party party_of(events::actor_id g) {
  party p;
  const actor* a = actors::find(g);
  if (!a) {
    if (g) p.goroutine = g;
    return p;
  }
  p.goroutine = a->thread.load(relaxed) ? 0 : g;
  p.name = text_of(a->name.load(relaxed));
  if (p.name.empty() && a->thread.load(relaxed)) p.name = "OS thread " + std::to_string(g);
  p.state = actors::state_text(g);
  p.creator = a->creator.load(relaxed);
  p.created_at = frames_of(a->created_at.load(relaxed));
  return p;
}

}  // namespace gosan::live
