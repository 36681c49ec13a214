// What the events told of each synchronisation object: what it is, where it was made, who closed it, who used it last. One table
// for all detectors of this folder, fed before them.
//
// An object's events come in the order of its operations (under its lock), so one thread at a time writes an entry; reports
// read single words, relaxed.
#pragma once

#include <atomic>
#include <string>

#include "events/event.hpp"
#include "events/sink.hpp"
#include "events/snapshot.hpp"
#include "gosan/finding.hpp"
#include "live/paged_table.hpp"

namespace gosan::sync {

using live::relaxed;

enum class object_kind : std::uint8_t { unknown, channel, lock, shared_lock, wait_group, semaphore, condition, once, barrier, context, timer };

constexpr bool is_lock(object_kind k) noexcept { return k == object_kind::lock || k == object_kind::shared_lock; }

struct object {
  std::atomic<std::uintptr_t> address;      // of its tag; 0 when not known
  events::sink::object_uses used;           // of a channel, by whom and which end; of a once, by whom; written by the runtime, see uses_of()
  std::atomic<events::actor_id> closed_by;  // of a channel
  std::atomic<events::stack_id> created_at, closed_at;
  std::atomic<std::uint32_t> capacity, element;
  std::atomic<object_kind> kind;
  std::atomic<bool> closed, destroyed;
};

class object_table {
 public:
  // True: with the object all of its page in a table by their ids are gone.
  bool on_event(const events::event& e) noexcept;
  // lock_acquire alone, which comes too often to be looked for among all.
  void note_lock(const events::event& e) noexcept {
    std::atomic<object_kind>& kind = table_.at(e.obj).kind;
    const object_kind known = kind.load(std::memory_order_relaxed), told = e.a == 1 ? object_kind::shared_lock : object_kind::lock;
    if (known != told && known != object_kind::shared_lock) kind.store(told, std::memory_order_relaxed);
  }
  void set_address(events::object_id id, const void* tag) noexcept;
  const object* find(events::object_id id) const noexcept { return id ? table_.find(id) : nullptr; }
  // Of a once: who is in its call, or was; 0 when nobody told.
  events::actor_id caller_of(events::object_id once) const noexcept {
    const object* o = find(once);
    return o ? o->used.last_sender.load(relaxed) : 0;
  }
  object& at(events::object_id id) noexcept { return table_.at(id); }
  // "channel #7 (capacity 0, elements of 8 bytes)"
  std::string name(events::object_id id) const;
  // The kind that a wait for `why` tells of.
  static object_kind kind_of(events::wait_reason why) noexcept;

 private:
  live::owned_table<object> table_;
};

// A goroutine of a picture that is parked at a lock, or a thread that is.
inline bool waits_for_lock(const events::goroutine_view& g) noexcept {
  return g.state == events::goroutine_state::waiting && is_lock(object_table::kind_of(g.why));
}

}  // namespace gosan::sync
