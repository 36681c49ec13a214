// Ids of objects that only their user knows: annotate::happens_before(p) names them by address.
#include <mutex>

#include "events/sink.hpp"
#include "live/detectors.hpp"
#include "live/internal_alloc.hpp"
#include "live/spin_lock.hpp"

namespace gosan::live {
namespace {

struct shard {
  spin_lock lock;
  imap<const void*, events::object_id>* ids = nullptr;  // guarded by lock; never destroyed
};
constinit shard shards[64];

}  // namespace

events::object_id object_at(const void* p) noexcept {
  shard& s = shards[(reinterpret_cast<std::uintptr_t>(p) >> 4) % std::size(shards)];
  std::lock_guard hold(s.lock);
  if (!s.ids) s.ids = new (internal_alloc(sizeof *s.ids)) imap<const void*, events::object_id>;
  events::object_id& id = (*s.ids)[p];
  if (!id) id = events::sink::new_object(p);
  return id;
}

}  // namespace gosan::live
