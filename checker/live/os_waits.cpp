#include "live/os_waits.hpp"

#include <algorithm>
#include <mutex>
#include <new>

#include "live/actors.hpp"
#include "live/spin_lock.hpp"

namespace gosan::live::os_waits {
namespace {

constinit spin_lock lock;
constinit ivector<events::actor_id>* list = nullptr;  // guarded by lock; never destroyed
constinit std::atomic<std::uint32_t> count{0};

}  // namespace

void on_park(events::actor_id g) noexcept {
  const std::lock_guard hold(lock);
  if (!list) list = new (internal_alloc(sizeof *list)) ivector<events::actor_id>;
  list->push_back(g);
  count.fetch_add(1, std::memory_order_relaxed);
}

void on_run(events::actor_id g) noexcept {
  // Relaxed: an actor that is in the list put itself there.
  if (!count.load(std::memory_order_relaxed)) return;
  const std::lock_guard hold(lock);
  if (!list) return;
  const auto at = std::find(list->begin(), list->end(), g);
  if (at == list->end()) return;
  *at = list->back();
  list->pop_back();
  count.fetch_sub(1, std::memory_order_relaxed);
}

bool any() noexcept { return count.load(std::memory_order_relaxed) != 0; }

ivector<events::actor_id> all() noexcept {
  const std::lock_guard hold(lock);
  return list ? *list : ivector<events::actor_id>{};
}

void show_in(events::snapshot& s) noexcept {
  if (!any()) return;
  for (events::goroutine_view& g : s.goroutines) {
    if (g.state != events::goroutine_state::running && g.state != events::goroutine_state::blocking) continue;
    const activity now = actors::activity_of(g.id);
    if (now.state != actor_state::waiting || now.why != events::wait_reason::thread_lock) continue;
    g.state = events::goroutine_state::waiting;
    g.why = events::wait_reason::thread_lock;
    g.waits_on = now.waits_on;
  }
}

}  // namespace gosan::live::os_waits
