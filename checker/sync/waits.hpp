// What each goroutine waits for: one object, or the channels of its select.
#pragma once

#include <algorithm>
#include <span>

#include "events/event.hpp"
#include "live/internal_alloc.hpp"
#include "live/paged_table.hpp"

namespace gosan::sync {

class wait_table {
 public:
  void on_event(const events::event& e) noexcept {
    if (e.what == events::kind::park_case) add(table_.at(e.g), e.obj);
    else if (e.what == events::kind::park) close(e);
  }
  // The channels of the select that g is parked in. REQUIRES: g is parked in a select and stays so.
  std::span<const events::object_id> cases_of(events::actor_id g) const noexcept {
    const cases* c = table_.find(g);
    return c ? std::span(c->many ? c->many : c->few, c->count) : std::span<const events::object_id>{};
  }
  // The actors of a page in a table by their ids have ended.
  void forget_actors(events::actor_id first) noexcept {
    const std::span<cases> page = table_.page_from(first);
    for (cases& c : page)
      if (c.many) live::internal_free(c.many, c.capacity * sizeof(events::object_id));
    if (!page.empty()) table_.reuse_page(first);
  }

 private:
  struct cases {
    events::object_id few[4];
    events::object_id* many;
    std::uint32_t count, capacity;
    bool open;  // cases are being added
  };
  void add(cases& c, events::object_id o) noexcept {
    if (!c.open) c.count = 0, c.open = true;
    const std::uint32_t room = c.many ? c.capacity : std::size(c.few);
    if (c.count == room) grow(c, room);
    (c.many ? c.many : c.few)[c.count++] = o;
  }
  static void grow(cases& c, std::uint32_t room) noexcept {
    auto* longer = static_cast<events::object_id*>(live::internal_alloc(room * 2 * sizeof(events::object_id)));
    std::copy_n(c.many ? c.many : c.few, room, longer);
    if (c.many) live::internal_free(c.many, c.capacity * sizeof(events::object_id));
    c.many = longer;
    c.capacity = room * 2;
  }
  void close(const events::event& e) noexcept {
    if (static_cast<events::wait_reason>(e.a) != events::wait_reason::select) return;
    cases& c = table_.at(e.g);
    if (!c.open) c.count = 0;  // a select whose channels are all nil
    c.open = false;
  }
  live::owned_table<cases> table_;
};

}  // namespace gosan::sync
