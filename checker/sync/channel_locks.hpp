// Operations on a channel that wait while a lock is held which everybody at the channel's other end takes on his way there.
//
//   one                     every other at the other end
//   lock L                  lock L, do something, unlock L        one waits with L held; the other waits for L, and would
//   send on C, waits        receive from C                        have to receive before he gets it: both for ever
//   unlock L
//
// Reported without a hang, when
//   * an operation on C was seen to wait while L was held (an operation that may do something else instead, by select or try,
//     tells nothing);
//   * everybody seen at the other end since then has taken L, not by try_lock and not both by reading, before an operation
//     there, and his taking and the wait are not ordered by start, join or messages: they can come at the same time.
// One that comes to the other end without L can always help, so it is judged when no more can come: when the channel is
// gone or the program ends.
//
// Costs nothing before the first such wait: the locks and channels that were ever seen in one are in two small filters.
#pragma once

#include <atomic>
#include <span>

#include "live/internal_alloc.hpp"
#include "live/spin_lock.hpp"
#include "sync/environment.hpp"
#include "sync/objects.hpp"
#include "sync/order_clocks.hpp"

namespace gosan::sync {

class channel_locks {
 public:
  struct lock_held {
    events::object_id lock;
    events::lock_mode mode;
    std::span<const std::uintptr_t> taken_at;
  };

  constexpr channel_locks(const object_table& objects, environment& env, order_clocks& clocks) noexcept
      : objects_(objects), env_(env), clocks_(clocks) {}

  // g parks in an operation on a channel and nothing else, holding these.
  void on_wait(const events::event& park, std::span<const lock_held> held);
  // A lock was taken, waiting if need be.
  void on_lock(const events::event& e) {
    if (watches(e.obj)) note_lock(e);
  }
  // Whether on_lock() may have something to do.
  bool watches(events::object_id lock) const noexcept { return in(locks_seen_, lock); }
  // What is said of channels: operations that went well, and a channel's end.
  void on_channel(const events::event& e) {
    if (in(channels_seen_, e.obj)) note_channel(e);
  }
  // It was unlocked by another than its holder: who took it may not hold it while he waits, so nothing is concluded from it.
  void on_signal(events::object_id lock) {
    if (in(locks_seen_, lock)) forget_lock(lock);
  }
  // What is left is judged; the program ends.
  void judge_all();

 private:
  enum class end : std::uint8_t { sends, receives };
  struct moment {
    events::actor_id g;
    std::uint64_t mark;
    clock_ref past;
    events::lock_mode mode;
    live::ivector<std::uintptr_t> stack, lock_stack;
  };
  struct taking {  // of a lock by somebody, the last one that was looked at
    moment when;
    std::uint32_t number = 0;
  };
  struct partner {
    std::uint32_t seen = 0;  // the number of his last taking that was before an operation
    live::ivector<moment> takings;
  };
  // A lock under which somebody waited at one end of a channel.
  struct suspect {
    events::object_id lock;
    end at;
    std::uint32_t waited = 0;  // times so far
    live::ivector<moment> waits;
    live::imap<events::actor_id, partner> partners;
  };
  struct actor_lock {
    events::actor_id g;
    events::object_id lock;
    bool operator==(const actor_lock&) const = default;
  };
  struct actor_lock_hash {
    std::size_t operator()(const actor_lock& k) const noexcept { return k.g * 0x9E3779B97F4A7C15u ^ k.lock; }
  };
  struct books {  // guarded by lock_
    live::imap<events::object_id, live::ivector<suspect>> suspects;  // by channel
    live::imap<actor_lock, taking, actor_lock_hash> takings;
  };
  using filter = std::atomic<std::uint64_t>[16];
  static bool in(const filter& f, events::object_id o) noexcept {
    return f[o / 64 % 16].load(std::memory_order_relaxed) >> o % 64 & 1;
  }
  static void put(filter& f, events::object_id o) noexcept {
    f[o / 64 % 16].fetch_or(std::uint64_t{1} << o % 64, std::memory_order_relaxed);
  }

  void forget_lock(events::object_id lock);
  void note_lock(const events::event& e);
  void note_channel(const events::event& e);
  void note_operation(events::object_id channel, events::actor_id g, end at);
  struct verdict {
    events::object_id channel, lock;
    end at;
    moment waits;
    live::ivector<moment> others;
  };
  suspect& suspect_of(events::object_id channel, events::object_id lock, end at);
  static void judge(events::object_id channel, const suspect& s, live::ivector<verdict>& out);
  void judge_channel(events::object_id channel);
  void report(const live::ivector<verdict>& all);
  finding found(const verdict& v) const;
  moment now_of(events::actor_id g, events::lock_mode mode) const;
  static bool can_overlap(const moment& waits, const moment& takes) noexcept;
  books& of() noexcept;

  const object_table& objects_;
  environment& env_;
  order_clocks& clocks_;
  filter locks_seen_ = {}, channels_seen_ = {};
  live::spin_lock lock_;
  books* books_ = nullptr;  // made at the first wait; never destroyed
};

}  // namespace gosan::sync
