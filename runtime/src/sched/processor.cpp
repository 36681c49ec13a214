#include "sched/processor.hpp"

namespace gosan::rt {

void goroutine_queue::push(goroutine* g) noexcept {
  g->next = nullptr;
  (last ? last->next : first) = g;
  last = g;
  ++size;
}

goroutine* goroutine_queue::pop() noexcept {
  goroutine* g = first;
  if (!g) return nullptr;
  first = g->next;
  if (!first) last = nullptr;
  --size;
  return g;
}

void goroutine_queue::append(goroutine_queue& other) noexcept {
  if (!other.first) return;
  (last ? last->next : first) = other.first;
  last = other.last;
  size += other.size;
  other = {};
}

goroutine* processor::push_next(goroutine* g) noexcept {
  // [NEXT] release publishes g to the thief that takes it.
  return next.exchange(g, std::memory_order_acq_rel);
}

bool processor::push(goroutine* g) noexcept {
  const std::uint32_t t = tail.load(std::memory_order_relaxed);
  // [RING-HEAD] acquire meets the release of consumers: their reads of the slot are over before it is written again.
  if (t - head.load(std::memory_order_acquire) == ring_size) return false;
  ring[t % ring_size].store(g, std::memory_order_relaxed);
  // [RING-TAIL] release meets the acquire of consumers: the slot and g are written.
  tail.store(t + 1, std::memory_order_release);
  return true;
}

void processor::spill(goroutine* g, goroutine_queue& into) noexcept {
  for (;;) {
    std::uint32_t h = head.load(std::memory_order_acquire);  // [RING-HEAD]
    const std::uint32_t n = (tail.load(std::memory_order_relaxed) - h) / 2;
    goroutine* taken[ring_size / 2];
    for (std::uint32_t i = 0; i < n; ++i) taken[i] = ring[(h + i) % ring_size].load(std::memory_order_relaxed);
    if (!head.compare_exchange_strong(h, h + n, std::memory_order_acq_rel)) continue;  // [RING-HEAD]
    for (std::uint32_t i = 0; i < n; ++i) into.push(taken[i]);
    into.push(g);
    return;
  }
}

goroutine* processor::pop() noexcept {
  if (goroutine* g = pop_next()) return g;
  for (;;) {
    std::uint32_t h = head.load(std::memory_order_acquire);  // [RING-HEAD]
    if (h == tail.load(std::memory_order_relaxed)) return nullptr;
    goroutine* g = ring[h % ring_size].load(std::memory_order_relaxed);
    if (head.compare_exchange_strong(h, h + 1, std::memory_order_acq_rel)) return g;  // [RING-HEAD]
  }
}

goroutine* processor::steal_stale_next() noexcept {
  if (stale_tick.load(std::memory_order_relaxed) != tick.load(std::memory_order_relaxed)) return nullptr;
  return next.load(std::memory_order_relaxed) ? next.exchange(nullptr, std::memory_order_acq_rel) : nullptr;  // [NEXT]
}

void processor::drain(goroutine_queue& into) noexcept {
  while (goroutine* g = pop()) into.push(g);
}

bool processor::empty() const noexcept {
  return !next.load(std::memory_order_acquire) && size() == 0;  // [NEXT]
}

std::uint32_t processor::size() const noexcept {
  const std::uint32_t h = head.load(std::memory_order_acquire);  // [RING-HEAD]
  return tail.load(std::memory_order_acquire) - h;  // [RING-TAIL]
}

goroutine* processor::steal_into(processor& thief) noexcept {
  for (;;) {
    std::uint32_t h = head.load(std::memory_order_acquire);           // [RING-HEAD]
    const std::uint32_t t = tail.load(std::memory_order_acquire);     // [RING-TAIL]
    const std::uint32_t n = (t - h) - (t - h) / 2;
    if (n == 0) return nullptr;
    if (n > ring_size / 2) continue;  // head and tail of different moments
    const std::uint32_t to = thief.tail.load(std::memory_order_relaxed);
    for (std::uint32_t i = 0; i < n; ++i)
      thief.ring[(to + i) % ring_size].store(ring[(h + i) % ring_size].load(std::memory_order_relaxed),
                                             std::memory_order_relaxed);
    if (!head.compare_exchange_strong(h, h + n, std::memory_order_acq_rel)) continue;  // [RING-HEAD]
    goroutine* g = thief.ring[(to + n - 1) % ring_size].load(std::memory_order_relaxed);
    thief.tail.store(to + n - 1, std::memory_order_release);          // [RING-TAIL]
    return g;
  }
}

std::uint32_t processor::draw(std::uint32_t n) noexcept {
  // xorshift64*: a few cycles, good enough to spread thieves.
  random ^= random >> 12;
  random ^= random << 25;
  random ^= random >> 27;
  return static_cast<std::uint32_t>(((random * 0x2545F4914F6CDD1DULL) >> 32) * n >> 32);
}

}  // namespace gosan::rt
