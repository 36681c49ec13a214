#include "sync/objects.hpp"

namespace gosan::sync {
namespace {

// Writes only what changes: entries of busy channels stay shared between processors.
template <typename T>
void set(std::atomic<T>& word, T value) noexcept {
  if (word.load(relaxed) != value) word.store(value, relaxed);
}

object_kind kind_told_by(const events::event& e) noexcept {
  switch (e.what) {
    using enum events::kind;
    case chan_make: return object_kind::channel;
    case wg_add: case wg_done: case wg_wait_begin: return object_kind::wait_group;
    case sem_acquire: case sem_release: return object_kind::semaphore;
    case cond_wait: case cond_signal: return object_kind::condition;
    case once_done: return object_kind::once;
    case barrier_arrive: return object_kind::barrier;
    case ctx_make: return object_kind::context;
    case timer_arm: return object_kind::timer;
    default: return object_kind::unknown;
  }
}

const char* word(object_kind k) {
  switch (k) {
    case object_kind::unknown: return "object";
    case object_kind::channel: return "channel";
    case object_kind::lock: return "mutex";
    case object_kind::shared_lock: return "shared_mutex";
    case object_kind::wait_group: return "wait_group";
    case object_kind::semaphore: return "semaphore";
    case object_kind::condition: return "condition_variable";
    case object_kind::once: return "once";
    case object_kind::barrier: return "barrier";
    case object_kind::context: return "context";
    case object_kind::timer: return "timer";
  }
  return "object";
}

}  // namespace

object_kind object_table::kind_of(events::wait_reason why) noexcept {
  switch (why) {
    using enum events::wait_reason;
    case chan_send: case chan_recv: return object_kind::channel;
    case mutex_lock: case thread_lock: return object_kind::lock;
    case shared_lock: case exclusive_lock: return object_kind::shared_lock;
    case wait_group_wait: return object_kind::wait_group;
    case once_call: return object_kind::once;
    case cond_wait: return object_kind::condition;
    case sem_acquire: return object_kind::semaphore;
    case barrier_wait: return object_kind::barrier;
    default: return object_kind::unknown;
  }
}

void object_table::set_address(events::object_id id, const void* tag) noexcept {
  table_.at(id).address.store(reinterpret_cast<std::uintptr_t>(tag), relaxed);
}

bool object_table::on_event(const events::event& e) noexcept {
  switch (e.what) {
    using enum events::kind;
    case chan_make: {
      object& o = table_.at(e.obj);
      o.kind.store(object_kind::channel, relaxed);
      o.created_at.store(e.stack, relaxed);
      o.capacity.store(static_cast<std::uint32_t>(e.a), relaxed);
      o.element.store(static_cast<std::uint32_t>(e.b), relaxed);
      break;
    }
    case chan_send: set(table_.at(e.obj).used.last_sender, e.g); break;
    case chan_recv: set(table_.at(e.obj).used.last_receiver, e.g); break;
    case chan_sync: {
      object& o = table_.at(e.obj);
      const bool sends = e.flags & events::flag_g_sends;
      set(o.used.last_sender, sends ? e.g : e.b);
      set(o.used.last_receiver, sends ? e.b : e.g);
      break;
    }
    case lock_acquire: note_lock(e); break;
    case chan_close: {
      object& o = table_.at(e.obj);
      o.closed_by.store(e.g, relaxed);
      o.closed_at.store(e.stack, relaxed);
      o.closed.store(true, relaxed);
      break;
    }
    case park:
      if (e.obj && e.a != static_cast<unsigned>(events::wait_reason::select)) {
        object& o = table_.at(e.obj);
        const object_kind told = kind_of(static_cast<events::wait_reason>(e.a));
        if (told == object_kind::shared_lock || o.kind.load(relaxed) == object_kind::unknown) set(o.kind, told);
      }
      break;
    case obj_destroy: {  // comes once for each object; a chan_drop before it
      object& o = table_.at(e.obj);
      if (o.destroyed.load(relaxed)) break;  // one that was used and destroyed again
      o.destroyed.store(true, relaxed);
      return table_.reuse(e.obj);
    }
    default: {
      if (!e.obj) break;
      const object_kind told = kind_told_by(e);
      if (told == object_kind::unknown) break;
      object& o = table_.at(e.obj);
      if (o.kind.load(relaxed) == object_kind::unknown) o.kind.store(told, relaxed);
    }
  }
  return false;
}

std::string object_table::name(events::object_id id) const {
  const object* o = find(id);
  if (!id) return "nil channel";
  std::string text = word(o ? o->kind.load(relaxed) : object_kind::unknown);
  text += " #" + std::to_string(id);
  if (o && o->kind.load(relaxed) == object_kind::channel)
    text += " (capacity " + std::to_string(o->capacity.load(relaxed)) + ", elements of " +
            std::to_string(o->element.load(relaxed)) + " bytes)";
  return text;
}

}  // namespace gosan::sync
