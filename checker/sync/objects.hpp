// What the events told of each synchronisation object: what it is, where it was made, who closed it, who used it last. One table
// for all detectors of this folder, fed before them.
//
// An object's events come in the order of its operations (under its lock), so one thread at a time writes an entry; reports
// read single words, relaxed.
#pragma once

#include <atomic>
#include <string>

#include "events/event.hpp"
#include "gosan/finding.hpp"
#include "live/paged_table.hpp"

namespace gosan::sync {

enum class object_kind : std::uint8_t { unknown, channel, lock, shared_lock, wait_group, semaphore, condition, once, barrier, context, timer };

struct object {
  std::atomic<std::uintptr_t> address;      // of its tag; 0 when not known
  std::atomic<events::actor_id> ended_by;   // who closed it (channel), who unlocked it last (lock)
  std::atomic<events::actor_id> last_sender, last_receiver;
  std::atomic<events::stack_id> created_at, closed_at;
  std::atomic<std::uint32_t> capacity, element;
  std::atomic<object_kind> kind;
  std::atomic<bool> closed, destroyed;
};

class object_table {
 public:
  void on_event(const events::event& e) noexcept;
  // chan_send and chan_recv alone, the two that come per item.
  void note_use(const events::event& e) noexcept {
    object& o = table_.at(e.obj);
    std::atomic<events::actor_id>& last = e.what == events::kind::chan_send ? o.last_sender : o.last_receiver;
    // Only what changes is written: the entry of a busy channel stays shared between processors.
    if (last.load(std::memory_order_relaxed) != e.g) last.store(e.g, std::memory_order_relaxed);
  }
  void set_address(events::object_id id, const void* tag) noexcept;
  const object* find(events::object_id id) const noexcept { return id ? table_.find(id) : nullptr; }
  object& at(events::object_id id) noexcept { return table_.at(id); }
  // "channel #7 (capacity 0, elements of 8 bytes)"
  std::string name(events::object_id id) const;
  // The kind that a wait for `why` tells of.
  static object_kind kind_of(events::wait_reason why) noexcept;

 private:
  live::paged_table<object> table_;
};

}  // namespace gosan::sync
