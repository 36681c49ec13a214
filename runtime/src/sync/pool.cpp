#include "gosan/sync.hpp"
#include "sync/sync_queue.hpp"

namespace gosan::detail {

using events::kind;

pool_base::~pool_base() { object_gone(gosan_id_, false, ""); }

void pool_base::put(pool_node* n) noexcept {
  emit_here(kind::pool_put, id_of(n->gosan_id_));
  spin_guard held(guard_);
  n->next = head_;
  head_ = n;
}

pool_node* pool_base::get() noexcept {
  pool_node* n;
  {
    spin_guard held(guard_);
    n = head_;
    if (n) head_ = n->next;
  }
  if (n) emit_here(kind::pool_get, id_of(n->gosan_id_));
  return n;
}

}  // namespace gosan::detail
