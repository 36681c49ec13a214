// Which waiting goroutines nobody can wake any more, by what memory reaches: a garbage collector's marking, without one.
//
// Roots are all memory that running code can get at; from there every word that looks like an address into a heap block or a
// goroutine's stack keeps that alive (conservative: a number that happens to look so keeps it alive too, never the
// opposite). A waiting goroutine can be woken when the memory that holds what it waits for is reached, and then its own stack is
// scanned as well, until nothing is added. What is left waits for ever.
//
//   waits for                       can be woken when
//   channel, wait group, ...        its memory is reached, or it lies outside of heap and stacks (a global)
//   select                          one of its channels is; with no channel that is not nil: never
//   lock with a known holder        the holder can run (an unlock by another was never seen for this lock), or is a thread outside
//                                   of the picture that has not ended
//   lock held by readers            all of them can: a writer needs the last of them to unlock, and a reader waits behind a writer
//   lock without a holder           its memory is reached; always, for a lock of the system's threads
//   call of a once                  who is in the call can run
//   sleep, I/O, blocking(), ...     always
//
// Runs with the world stopped: no allocation but the checker's own, no events.
#pragma once

#include <span>

#include "events/snapshot.hpp"
#include "live/scratch.hpp"
#include "sync/locks.hpp"
#include "sync/objects.hpp"
#include "sync/waits.hpp"

namespace gosan::sync {

struct memory_range {
  std::uintptr_t low = 0, high = 0;
};

// The heap's knowledge of its blocks.
class block_map {
 public:
  virtual ~block_map() = default;
  virtual bool block_of(std::uintptr_t address, memory_range& block) const noexcept = 0;
};

class leak_proof {
 public:
  // Bytes of the lock objects themselves: their queues of waiters are not followed, a waiter there is no way to wake.
  // And of a control block, those that only the scheduler points to; 0 = all.
  struct layout {
    std::size_t mutex = 0, shared_mutex = 0, control_block = 0;
  };
  leak_proof(const events::snapshot& s, const object_table& objects, const lock_detector& locks, const wait_table& waits,
             const block_map& heap, layout sizes);

  void add_root(memory_range r) { roots_.push_back(r); }
  void add_root_word(std::uintptr_t w) { words_.push_back(w); }
  // A block that holds nothing of the program's: the scheduler's books, with what it last had to do with.
  void pass_over(std::uintptr_t block);
  // The places in snapshot::goroutines of those that nobody can wake.
  live::svector<std::size_t> run();

  // After run(), for explaining who waits for whom: marks what the goroutine at place `g` can get at by its own stack, and forgets
  // what was marked before; then asks whether an object is among it. One in memory that everybody can get at is not.
  void mark_from(std::size_t g);
  bool marks(events::object_id object);
  // What the goroutine at place `g` waits for: one object, or the channels of its select (0 for nil ones).
  std::span<const events::object_id> waited_for(std::size_t g) const;
  // The places of those who alone can end that wait, as far as the picture shows them: who holds the lock, who is in the call of the once.
  // Valid until the next call.
  std::span<const std::size_t> holders_of(std::size_t g);

 private:
  struct stack_piece {
    memory_range range;
    std::size_t goroutine;
  };
  // Those of a lock, and how many of the first of them can run: nobody who can ceases to.
  struct reader_list {
    live::svector<std::size_t> all;
    std::size_t can_run = 0;
  };
  // Pieces of memory by address, with an index over it: nearly every word that is scanned is looked up here.
  class piece_map {
   public:
    void add(memory_range r, std::size_t goroutine) { pieces_.push_back({r, goroutine}); }
    void sort();  // once all are there
    const stack_piece* find(std::uintptr_t a) const noexcept;

   private:
    live::svector<stack_piece> pieces_;
    live::svector<std::uint32_t> first_;  // per slice of the addresses: the first piece that ends behind the slice's start
    std::uintptr_t low_ = 0, high_ = 0;
    unsigned slice_bits_ = 0;
  };
  bool runs_by_itself(const events::goroutine_view& g) const noexcept;
  bool can_be_woken(std::size_t g);
  bool reached(events::object_id object);
  bool reached_address(std::uintptr_t a);
  void revive(std::size_t g);
  void mark(std::uintptr_t word);
  void scan(memory_range r);
  void drain();
  const stack_piece* stack_of(std::uintptr_t a) const noexcept { return stacks_.find(a); }
  void find_readers();
  void mask_locks();
  bool all_can_run(reader_list& r) const noexcept;

  const events::snapshot& s_;
  const object_table& objects_;
  const lock_detector& locks_;
  const wait_table& waits_;
  const block_map& heap_;
  const layout sizes_;
  live::svector<memory_range> roots_, masked_;
  live::svector<std::uintptr_t> words_;
  piece_map stacks_, control_blocks_;
  live::smap<events::actor_id, std::size_t> place_;
  live::smap<events::object_id, reader_list> readers_;  // of locks that somebody waits for and nobody has in write mode
  std::size_t one_holder_ = 0;
  live::svector<char> live_, stack_marked_;        // by place
  bool explaining_ = false;                        // only what one goroutine itself knows is followed
  live::sset<std::uintptr_t> blocks_;              // starts of marked blocks
  live::svector<memory_range> todo_;
};

}  // namespace gosan::sync
