// Life, length and closing of channels. Sending and receiving: transfer.cpp; select: select.cpp.
#include <limits>
#include <new>
#include <stdexcept>

#include "chan/chan_core.hpp"
#include "sync/actor.hpp"
#include "sync/panics.hpp"

namespace gosan::detail {
namespace {

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

std::size_t alignment(const element_ops& ops) noexcept {
  return ops.align > alignof(chan_core) ? ops.align : alignof(chan_core);
}

void dispose_plain(chan_core* c) noexcept {
  std::align_val_t align{alignment(*c->ops)};
  destroy_elements(c);
  c->~chan_core();
  ::operator delete(c, align);
}

}  // namespace

void chan_init(chan_core* c, std::size_t capacity, const element_ops& ops, std::byte* storage,
               void (*dispose)(chan_core*) noexcept) {
  c->ops = &ops;
  c->stride = ops.size;
  c->capacity = capacity;
  c->buffer = storage;
  c->dispose = dispose;
  if constexpr (events::recording) {
    c->uses = events::sink::uses_of(c->id());
    events::emit({.what = events::kind::chan_make,
                  .stack = events::capture_stack(1),
                  .g = actor(),
                  .obj = c->id(),
                  .a = capacity,
                  .b = ops.size});
  }
}

void destroy_elements(chan_core* c) noexcept {
  events::object_id id = c->tag.id;
  if (c->ops->destroy) {
    std::size_t left = c->count.load(std::memory_order_relaxed);
    for (std::size_t i = c->head; left > 0; --left) {
      if constexpr (events::recording) emit_here(events::kind::chan_discard, id, c->received++);
      c->ops->destroy(c->slot(i));
      i = i + 1 == c->capacity ? 0 : i + 1;
    }
  }
  if constexpr (events::recording) {
    const events::actor_id g = actor();
    events::emit({.what = events::kind::chan_drop, .g = g, .obj = id});
    events::emit({.what = events::kind::obj_destroy, .g = g, .obj = id});
  }
}

chan_core* chan_make(std::size_t capacity, const element_ops& ops) {
  std::size_t offset = round_up(sizeof(chan_core), ops.align);
  std::size_t limit = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - offset;
  if (ops.size != 0 && capacity > limit / ops.size)
    throw std::length_error("make_chan: capacity out of range");
  void* memory = ::operator new(offset + capacity * ops.size, std::align_val_t{alignment(ops)});
  auto* c = ::new (memory) chan_core;
  // Without slots the end of this block would be the start of the next one, and whoever looks at memory would take that for known here.
  const bool has_slots = capacity * ops.size != 0;
  chan_init(c, capacity, ops, has_slots ? static_cast<std::byte*>(memory) + offset : nullptr, dispose_plain);
  return c;
}

void chan_retain(chan_core* c) noexcept {
  // [CHAN-REF] the caller's own handle keeps it above zero.
  c->refs.fetch_add(1, std::memory_order_relaxed);
}

bool release_last(chan_core* c) noexcept {
  if (c->drops) emit_here(events::kind::handle_drop, events::id_of(*c->drops));
  // [CHAN-REF] acq_rel: who takes the count to zero sees everything the others did through their
  // handles.
  edge_releases(&c->refs);
  if (c->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
  edge_acquired(&c->refs);
  if (c->drops) {
    emit_here(events::kind::handle_last, events::id_of(*c->drops));
    emit_here(events::kind::obj_destroy, events::id_of(*c->drops));
  }
  spin_guard held(c->lock);
  c->orphan = true;
  return abandoned(c);
}

void chan_release(chan_core* c) noexcept {
  if (release_last(c)) c->dispose(c);
}

void chan_close(chan_core* c) {
  if (!c) panic(panic_code::close_of_nil);
  decision_point();
  c->lock.lock();
  if (c->closed.load(std::memory_order_relaxed)) {
    emit_here(events::kind::chan_close_closed, c->id());
    c->lock.unlock();
    panic(panic_code::close_of_closed);
  }
  waiter* woken = close_locked(c);
  c->lock.unlock();
  wake_all(woken);
}

waiter* close_locked(chan_core* c) noexcept {
  emit_here(events::kind::chan_close, c->id(), 0, 0, c->senders.looks_empty() ? std::uint16_t{0} : events::flag_senders_wait);
  edge_releases(&c->closed);
  c->closed.store(true, std::memory_order_release);  // [CHAN-CLOSED]
  waiter* woken = nullptr;
  release_all(c, c->receivers, events::kind::chan_recv_closed, woken);
  release_all(c, c->senders, events::kind::chan_send_closed, woken);
  return woken;
}

void wake_all(waiter* first) noexcept {
  while (first) {
    waiter* w = first;
    first = w->next;
    rt::ready(w->g);  // w is gone after this
  }
}

std::size_t chan_len(const chan_core* c) noexcept {
  return c && !c->hide_buffer ? c->count.load(std::memory_order_relaxed) : 0;
}
std::size_t chan_cap(const chan_core* c) noexcept { return c && !c->hide_buffer ? c->capacity : 0; }

}  // namespace gosan::detail
