#include "executed_sink.hpp"

#include <atomic>
#include <mutex>

#include "events/sink.hpp"
#include "race/actors.hpp"
#include "race/race.hpp"
#include "../sink_forms.hpp"
#include "sched/sched.hpp"

namespace gosan::test {
namespace {

using events::event;
using events::order;

turn_lock lock;
std::uint64_t count = 0;                           // guarded by lock
std::map<std::uint64_t, std::uint64_t> capacity;   // of channels; guarded by lock

std::uint64_t slot(const event& e) {
  const std::uint64_t c = capacity[e.obj];
  return slot_of | e.obj << 8 | (c ? e.a % c : 0);
}

bool in_write_mode(const event& e) { return e.a == static_cast<std::uint64_t>(events::lock_mode::write); }

// docs/happens-before.md in its plainest form.
void tell_twin(const event& e) {
  oracle& t = twin();
  if (e.what == events::kind::chan_make) capacity[e.obj] = e.a;
  switch (events::order_of(e.what)) {
    case order::none:
    case order::send_begin: return;
    case order::fork: return e.g ? t.fork(e.g, e.obj) : void();
    case order::join: return t.join_actor(e.g, e.obj);
    case order::fork_from:
    case order::acquire: return t.acquire(e.g, e.obj);
    case order::release: return t.release(e.g, e.obj);
    case order::release_merge: return t.release_merge(e.g, e.obj);
    case order::lock:
      t.acquire(e.g, e.obj);
      return in_write_mode(e) ? t.acquire(e.g, e.obj | readers_of) : void();
    case order::unlock:
      if (!in_write_mode(e)) return t.release_merge(e.g, e.obj | readers_of);
      t.release(e.g, e.obj);
      return t.clear(e.obj | readers_of);
    case order::slot: return t.swap(e.g, slot(e));
    case order::slot_from: return t.copy(slot(e), e.b);
    case order::rendezvous: return t.meet(e.g, e.b);
  }
}

}  // namespace

turn_lock& one_at_a_time() noexcept { return lock; }
oracle& twin() noexcept {
  static auto* it = new oracle;
  return *it;
}
std::uint64_t running_id() noexcept { return __gosan_thread.actor ? __gosan_thread.actor->id : 0; }
std::uint64_t events_seen() noexcept { return count; }

void begin_program(void* p, std::size_t n) noexcept {
  std::lock_guard hold(lock);
  race::memory_fresh(p, n);
  twin() = {};
  capacity.clear();
}

}  // namespace gosan::test

namespace gosan::events::sink {

constinit std::atomic<std::uint64_t> wanted{~std::uint64_t{0}};

void emit(const event& e) noexcept {
  std::lock_guard hold(test::lock);
  race::on_event(e);
  test::tell_twin(e);
  ++test::count;
}
object_id new_object(const void*) noexcept {
  static std::atomic<object_id> last{0};
  return ++last;
}
stack_id capture_stack(unsigned) noexcept { return 0; }
stack_id intern_stack(std::span<const std::uintptr_t>) noexcept { return 0; }
text_id intern(std::string_view) noexcept { return 0; }
void memory_fresh(const void*, std::size_t) noexcept {}
void ignore_begin() noexcept {}
void ignore_end() noexcept {}
void benign_race(const void*, std::size_t, const char*) noexcept {}
object_id object_at(const void*) noexcept { return 0; }
object_id scope_of(actor_id) noexcept { return 0; }
void at_start() noexcept {}
int at_exit(int status) noexcept { return status; }
void fatal(std::string_view) noexcept {}

}  // namespace gosan::events::sink
