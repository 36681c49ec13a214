// What all workers share: idle processors and workers, the global queue, the counts by which they decide to sleep or wake.
//
// Waking and sleeping [WAKE], after Go's proc.go. Who makes work visible does so, then a seq_cst fence, then looks whether a
// processor is idle and nobody spins, and if so wakes one worker as spinning. A spinning worker that gives up first says so
// (spinning -= 1, seq_cst), then looks at all queues once more. So either the submitter sees nobody spinning, or the spinner
// sees the work. The one exception is the partner made ready into an empty processor's next slot: its worker will run it when
// the caller parks, and the monitor finds a thief when it does not.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sched/lock.hpp"
#include "sched/processor.hpp"
#include "sched/worker.hpp"

namespace gosan::rt {

inline constexpr std::uint32_t max_processors = 1024;

struct scheduler {
  lock mu{lock_rank::scheduler};
  goroutine_queue global GOSAN_GUARDED_BY(mu);
  processor* idle_processors GOSAN_GUARDED_BY(mu) = nullptr;
  worker* idle_workers GOSAN_GUARDED_BY(mu) = nullptr;
  worker* workers GOSAN_GUARDED_BY(mu) = nullptr;   // all of them, newest first
  std::uint32_t worker_count GOSAN_GUARDED_BY(mu) = 0;
  tools_thread* tools_threads GOSAN_GUARDED_BY(mu) = nullptr;

  // Own synchronisation.
  std::atomic<std::uint32_t> processors{0};         // gomaxprocs
  std::atomic<std::uint32_t> processors_made{0};    // all[0..made) exist; [MADE] release, acquire
  std::atomic<processor*> all[max_processors] = {};
  std::atomic<std::uint32_t> idle_count{0};         // idle processors; written under mu
  std::atomic<std::uint32_t> spinning{0};
  std::atomic<std::uint32_t> global_size{0};        // written under mu
  std::atomic<worker*> keeper{nullptr};             // the idle worker that sleeps until the next timer
  std::atomic<std::int64_t> keeper_until{0};
  std::atomic<std::int64_t> now_ns{0};              // coarse time, kept by the monitor and by waking workers
  std::atomic<std::uint64_t> next_id{1};
  std::atomic<std::int64_t> spawned{0}, ended{0};   // of goroutines whose spawner or end had no processor
  std::atomic<std::uint32_t> halt{0};               // 1 = the world is being stopped, see world.hpp
  std::atomic<std::uint32_t> monitor_works{0};      // 1 = the monitor may be changing something
  std::atomic<std::uint32_t> monitor_word{0};       // 1 = the monitor sleeps deep
  std::atomic<std::uint32_t> runs{0};               // threads waiting in run()
  std::atomic<events::actor_id> main_id{0};         // of the main goroutine, while it has not ended
  std::atomic<events::actor_id> latest_main{0};     // the same, also when it has ended
  std::atomic<events::actor_id> main_waiter{0};     // of the thread that waits for it
  std::atomic<std::uint32_t> own_threads{0};        // threads of the runtime and of the tool
  std::atomic<std::uint32_t> io_waiters{0};         // goroutines that wait for a descriptor
  std::atomic<bool> stopped{false};                 // no goroutine is scheduled any more

  void push_global(goroutine* g) noexcept GOSAN_EXCLUDES(mu);
  void push_global(goroutine_queue& q) noexcept GOSAN_EXCLUDES(mu);
  goroutine* pop_global(processor* p) noexcept GOSAN_EXCLUDES(mu);
  void take_all(processor* p) noexcept GOSAN_REQUIRES(mu);  // what a retired processor had queued
  void put_idle(processor* p) noexcept GOSAN_REQUIRES(mu);
  processor* get_idle() noexcept GOSAN_REQUIRES(mu);
};

extern constinit scheduler the_scheduler;

// Starts the scheduler at the first call.
void ensure_started() noexcept;

// Wakes a worker for new work when a processor is idle and nobody spins. REQUIRES: the work is visible and fenced. [WAKE]
void wake_idle_worker() noexcept;
inline void wake_one_worker() noexcept {
  if (the_scheduler.idle_count.load(std::memory_order_relaxed) != 0) wake_idle_worker();
}
// Hands the processor to an idle worker or a new one. REQUIRES: the caller owns p.
void hand_off(processor* p, bool spinning) noexcept;
// Ends a worker's sleep: its wake_word becomes 1 when it was given a processor, 2 when it shall only look around.
void rouse(worker* w) noexcept;
// Pushes a runnable goroutine: in the processor's ring, or globally when p is null, and wakes somebody for it.
void enqueue(processor* p, goroutine* g) noexcept;

std::int64_t clock_ns() noexcept;

// Timers, for the schedule loop and the monitor.
std::int64_t next_timer_ns() noexcept;             // INT64_MAX when none
bool timer_in_flight() noexcept;                   // off the heap, its function not done
bool run_due_timers(std::int64_t now) noexcept;    // true when one fired
std::size_t timer_count() noexcept;
// What armed timers can reach: their addresses and arguments. False when `into` has not the capacity.
bool timer_roots(std::vector<std::uintptr_t>& into) noexcept;
bool timers_only_send() noexcept;
void poke_keeper_to_poll() noexcept;               // a descriptor is waited for
void poke_keeper(std::int64_t until) noexcept;     // an earlier timer was armed

// Reports the all-asleep deadlock and ends the program when nothing can ever run again and somebody waits in run(). Called
// when the last worker falls asleep and when a thread parks.
void look_for_deadlock() noexcept;
bool all_workers_asleep(std::uint32_t stuck = 0) noexcept;  // all but those, known never to come back

// Stops scheduling for good: workers stay where they next come to schedule.
void stop_scheduling() noexcept;

// Sets the number of processors; on return no goroutine starts to run on one that was taken away. Returns the number before.
std::uint32_t set_processors(std::uint32_t n) noexcept;

// The monitor thread.
void start_monitor() noexcept;
void wake_monitor() noexcept;

// The life of a goroutine, on the worker's stack.
void bind_stack(processor* p, goroutine* g) noexcept;
void end_goroutine(processor* p, goroutine* g) noexcept;

}  // namespace gosan::rt
