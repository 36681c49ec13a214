// A chain of frames that was walked before, so that the next walk over the same one only compares.
//
// Walking follows pointers, each load waiting for the one before. Where the frames of a chain lay, counted from its first one, is known
// after the first walk: then all links and return addresses are loaded at once, and when every one of them is what it was, a walk would
// find the same return addresses again. No word of the chain is taken on trust.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "events/event.hpp"
#include "events/snapshot.hpp"

namespace gosan::live {

struct alignas(64) frame_chain {
  static constexpr std::size_t most = 14;  // frames; the whole is three lines of the cache

  events::stack_id id = 0;  // of the return addresses behind the first `skip`; 0: nothing known
  std::uint16_t skip = 0, frames = 0;
  std::uint32_t at[most] = {};  // in words, from the first frame
  std::uintptr_t pc[most] = {};

  // Whether the chain would lie in the bounds, from `first` on. REQUIRES: id is not 0.
  bool fits(const std::uintptr_t* first, events::stack_range bounds) const noexcept {
    const auto low = reinterpret_cast<std::uintptr_t>(first), high = reinterpret_cast<std::uintptr_t>(first + at[frames - 1u] + 2);
    return low >= bounds.low && high <= bounds.high;
  }

  // Whether the chain from `first` on is this one. Of its own, since it needs few registers and its callers many. REQUIRES: it fits.
  [[gnu::noinline]] bool is_at(const std::uintptr_t* first) const noexcept {
    const std::size_t last = frames - 1u;
    std::uintptr_t different = 0;
    const std::uintptr_t* frame = first;
    for (std::size_t i = 0; i < last; ++i) {
      const std::uintptr_t* const next = first + at[i + 1];
      different |= (frame[0] ^ reinterpret_cast<std::uintptr_t>(next)) | (frame[1] ^ pc[i]);
      frame = next;
    }
    return !(different | frame[0] | (frame[1] ^ pc[last]));
  }

  // Learns the chain from `first` on, whose stack is `of`. Nothing is known when it is too long or does not end in a link that is zero, as
  // those of goroutines do. REQUIRES: `first` is aligned and lies in the bounds.
  void learn(const std::uintptr_t* first, events::stack_range bounds, unsigned skipped, std::size_t capacity, events::stack_id of) noexcept {
    id = 0;
    const std::uintptr_t low = reinterpret_cast<std::uintptr_t>(first);
    std::uintptr_t fp = low;
    for (std::size_t n = 0; n < most; ++n) {
      if (fp > bounds.high - 2 * sizeof fp || fp % sizeof fp || (fp - low) / sizeof fp > UINT32_MAX) return;
      const auto* frame = reinterpret_cast<const std::uintptr_t*>(fp);
      at[n] = static_cast<std::uint32_t>(frame - first);
      pc[n] = frame[1];
      if (!pc[n]) return;
      if (!frame[0]) {
        if (n < skipped || n + 1 - skipped > capacity) return;
        skip = static_cast<std::uint16_t>(skipped), frames = static_cast<std::uint16_t>(n + 1);
        id = of;
        return;
      }
      if (frame[0] <= fp) return;
      fp = frame[0];
    }
  }
};
static_assert(sizeof(frame_chain) == 192);

// The chains that a thread has walked lately. A handler of the program's may come at any moment and walk, too: what it finds half changed
// it leaves alone, and who was interrupted while it compared does not believe what it found.
class frame_chains {
 public:
  // The stack of the chain, or 0.
  events::stack_id find(std::size_t place, const std::uintptr_t* first, events::stack_range bounds, unsigned skip) const noexcept {
    const frame_chain& c = chains_[place % places];
    const std::uint32_t before = changes_;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (before % 2 || !c.id || c.skip != skip || !c.fits(first, bounds) || !c.is_at(first)) return 0;
    const events::stack_id id = c.id;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return changes_ == before ? id : 0;
  }
  void learn(std::size_t place, const std::uintptr_t* first, events::stack_range bounds, unsigned skip, std::size_t capacity,
             events::stack_id id) noexcept {
    if (changes_ % 2 || !id) return;  // in a handler that interrupted this very function
    changes_ = changes_ + 1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    chains_[place % places].learn(first, bounds, skip, capacity, id);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    changes_ = changes_ + 1;
  }

 private:
  static constexpr std::size_t places = 32;
  volatile std::uint32_t changes_ = 0;  // odd: one is under way
  frame_chain chains_[places];
};

}  // namespace gosan::live
