// Random programs, each operation of which goes to the detector and to its naive twin: the same bytes must be racy.
//
// A program is a sequence of operations of a few actors, so its interleaving is part of it, and a seed gives it again.
// GOSAN_ORACLE_PROGRAMS sets how many are tried, GOSAN_ORACLE_SEED where to begin.
#include "oracle.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

#include "race/collect.hpp"
#include "world.hpp"

namespace gosan::test {
namespace {

constexpr std::uint64_t readers_of = 1ull << 50, slot_of = 1ull << 51, variable = 1ull << 52;

class random_program {
 public:
  // A third of the programs have few actors, which do little else than take and leave locks.
  explicit random_program(std::uint64_t seed)
      : random_(seed), locking_(seed % 3 == 0), most_actors_(locking_ ? seed % 2 ? 3 : 10 : seed % 5 ? 12 : 60) {
    actors_.push_back(w_.main());
    while (locking_ && actors_.size() < most_actors_) spawn();
    const unsigned locks = below(3) + 1, channels = below(3) + 1;
    for (unsigned i = 0; i < locks; ++i) locks_.push_back({});
    for (unsigned i = 0; i < channels; ++i) {
      const std::uint64_t capacity = below(4);
      channels_.push_back({channel(actors_[0], capacity), capacity, false});
    }
  }

  void run(unsigned steps) {
    for (unsigned i = 0; i < steps; ++i) step();
  }

  void compare() {
    const auto first = reinterpret_cast<std::uintptr_t>(&w_);
    std::set<std::size_t> ours, theirs;
    for (std::uintptr_t a : w_.racy_set()) ours.insert(a - first);
    for (std::uintptr_t a : twin_.racy()) theirs.insert(a - first);
    EXPECT_EQ(ours, theirs);
  }

  std::size_t racy() const { return twin_.racy().size(); }

 private:
  struct lock_model {
    mutex m;
    std::uint64_t writer = 0;
    std::vector<std::uint64_t> readers;
    std::uint64_t left_by = 0;  // the last who gave it up: often the next to take it, mostly with nothing done in between
  };
  struct channel_model {
    channel c;
    std::uint64_t capacity;
    bool closed;
  };

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  const actor& someone() { return actors_[below(static_cast<unsigned>(actors_.size()))]; }

  void step() {
    if (below(50) == 0) race::collect::now();
    if (locking_ && below(8)) return below(2) ? below(2) ? lock() : read_lock() : below(4) ? holder_accesses() : others_know_more();
    switch (below(20)) {
      case 0: return spawn();
      case 1: return thread();
      case 2: case 3: return lock();
      case 4: return read_lock();
      case 5: case 6: case 7: return channel_operation();
      case 8: return wait_group_operation();
      case 9: return once_or_semaphore();
      case 10: return timer();
      case 11: case 12: case 13: return atomic();
      case 14: return fence();
      case 15: return below(4) ? plain() : fresh();
      default: return plain();
    }
  }

  void spawn() {
    if (actors_.size() > most_actors_) return;
    const actor& parent = someone();
    const actor child = w_.go(parent);
    twin_.fork(parent.id, child.id);
    actors_.push_back(child);
  }

  void thread() {
    const actor parent = someone();
    if (!ended_.empty() && below(2)) {
      const std::uint64_t t = ended_.back();
      ended_.pop_back();
      parent.emit(kind::thread_join, t);
      return twin_.join_actor(parent.id, t);
    }
    actor t{fresh_id()};
    parent.emit(kind::thread_create, t.id);
    twin_.fork(parent.id, t.id);
    access_by(t);
    t.emit(kind::thread_end);
    ended_.push_back(t.id);
  }

  void lock() {
    lock_model& l = locks_[below(static_cast<unsigned>(locks_.size()))];
    if (l.writer) {
      actor{l.writer}.emit(kind::lock_release, l.m.id, 0);
      twin_.release(l.writer, l.m.id);
      twin_.clear(l.m.id | readers_of);
      l.left_by = std::exchange(l.writer, 0);
    } else if (l.readers.empty()) {
      const actor g = taker(l);
      g.emit(kind::lock_acquire, l.m.id, 0);
      twin_.acquire(g.id, l.m.id);
      twin_.acquire(g.id, l.m.id | readers_of);
      l.writer = g.id;
    }
  }

  actor taker(const lock_model& l) { return l.left_by && below(2) ? actor{l.left_by} : someone(); }

  void read_lock() {
    lock_model& l = locks_[below(static_cast<unsigned>(locks_.size()))];
    if (l.writer) return;
    if (!l.readers.empty() && below(2)) {
      const std::uint64_t g = l.readers.back();
      l.readers.pop_back();
      l.left_by = g;
      actor{g}.emit(kind::lock_release, l.m.id, 1);
      return twin_.release_merge(g, l.m.id | readers_of);
    }
    const actor g = taker(l);
    g.emit(kind::lock_acquire, l.m.id, 1);
    twin_.acquire(g.id, l.m.id);
    l.readers.push_back(g.id);
  }

  std::uint64_t slot(const channel_model& c, std::uint64_t k) { return slot_of | c.c.id << 8 | k % c.capacity; }

  void channel_operation() {
    channel_model& c = channels_[below(static_cast<unsigned>(channels_.size()))];
    const actor a = someone(), b = someone();
    const std::uint64_t length = c.c.sent - c.c.received;
    if (c.closed && length == 0) {
      c.c.recv_closed(a);
      return twin_.acquire(a.id, c.c.id);
    }
    if (!c.closed && below(40) == 0) {
      c.c.close(a);
      c.closed = true;
      return twin_.release(a.id, c.c.id);
    }
    if (c.capacity == 0) {
      if (a.id == b.id || c.closed) return;
      c.c.meet(a, b);
      c.c.received = c.c.sent;
      return twin_.meet(a.id, b.id);
    }
    if (length < c.capacity && !c.closed && below(2)) return send(c, a);
    if (length == 0) return;
    twin_.swap(a.id, slot(c, c.c.received));
    c.c.recv(a);
    // A sender that was parked on the full buffer gets its place.
    if (length == c.capacity && !c.closed && below(2)) send(c, b);
  }

  void send(channel_model& c, const actor& g) {
    twin_.swap(g.id, slot(c, c.c.sent));
    c.c.put(g);
  }

  void wait_group_operation() {
    const actor& g = someone();
    const unsigned group = below(2);  // of the second many are done before one waits
    const std::uint64_t id = groups_[group];
    if (below(group ? 20 : 2)) g.emit(kind::wg_done, id), twin_.release_merge(g.id, id);
    else g.emit(kind::wg_wait, id), twin_.acquire(g.id, id);
  }

  void once_or_semaphore() {
    const actor& g = someone();
    switch (below(4)) {
      case 0: g.emit(kind::once_done, once_); return twin_.release(g.id, once_);
      case 1: g.emit(kind::once_seen, once_); return twin_.acquire(g.id, once_);
      case 2: g.emit(kind::sem_release, semaphore_, 1); return twin_.release_merge(g.id, semaphore_);
      default: g.emit(kind::sem_acquire, semaphore_, 1); return twin_.acquire(g.id, semaphore_);
    }
  }

  void timer() {
    const actor& g = someone();
    if (below(2)) {
      g.emit(kind::timer_arm, timer_);
      armed_ = true;
      return twin_.release(g.id, timer_);
    }
    channel_model& c = channels_[below(static_cast<unsigned>(channels_.size()))];
    if (c.capacity && !c.closed && c.c.sent - c.c.received < c.capacity && below(2)) {
      twin_.copy(slot(c, c.c.sent), timer_);
      event e;
      e.what = kind::chan_send_timer;
      e.obj = c.c.id;
      e.a = c.c.sent++;
      e.b = timer_;
      return race::on_event(e);
    }
    if (actors_.size() > most_actors_ || !armed_) return;  // nobody starts out of nothing
    const actor f{fresh_id()};
    f.emit(kind::timer_fire, timer_);
    twin_.acquire(f.id, timer_);
    actors_.push_back(f);
  }

  void atomic() {
    static constexpr int load_orders[] = {0, 1, 2, 5}, store_orders[] = {0, 3, 5}, update_orders[] = {0, 2, 3, 4, 5};
    const actor& g = someone();
    std::uint64_t& x = atomics_[below(3)];
    const std::uint64_t v = variable | reinterpret_cast<std::uintptr_t>(&x);
    const auto p = reinterpret_cast<std::uintptr_t>(&x);
    g.runs();
    switch (below(4)) {
      case 0: {
        const int o = load_orders[below(4)];
        __gosan_atomic64_load(&x, o);
        twin_.touch(g.id, p, 8, oracle::atomic_read);
        return twin_.load(g.id, v, o);
      }
      case 1: {
        const int o = store_orders[below(3)];
        __gosan_atomic64_store(&x, below(3), o);
        twin_.touch(g.id, p, 8, oracle::atomic_write);
        return twin_.store(g.id, v, o);
      }
      case 2: {
        const int o = update_orders[below(5)];
        __gosan_atomic64_fetch_add(&x, 1, o);
        twin_.touch(g.id, p, 8, oracle::atomic_write);
        return twin_.update(g.id, v, o);
      }
      default: {
        const int o = update_orders[below(5)], failure = load_orders[below(4)];
        const std::uint64_t expected = below(3);
        const bool done = __gosan_atomic64_compare_exchange(&x, expected, below(3), o, failure) == expected;
        twin_.touch(g.id, p, 8, done ? oracle::atomic_write : oracle::atomic_read);
        return done ? twin_.update(g.id, v, o) : twin_.load(g.id, v, failure);
      }
    }
  }

  void fence() {
    const actor& g = someone();
    const int o = std::array{2, 3, 4, 5}[below(4)];
    g.runs();
    __gosan_atomic_thread_fence(o);
    twin_.fence(g.id, o);
  }

  void plain() { access_by(someone()); }

  // Somebody releases, and who has the lock, or had it last, acquires.
  void others_know_more() {
    const lock_model& l = locks_[below(static_cast<unsigned>(locks_.size()))];
    const actor g = someone(), other{l.writer ? l.writer : l.left_by ? l.left_by : g.id};
    g.emit(kind::wg_done, groups_[0]), twin_.release_merge(g.id, groups_[0]);
    other.emit(kind::wg_wait, groups_[0]), twin_.acquire(other.id, groups_[0]);
  }

  // Few bytes race then, so that one race more or less shows.
  void holder_accesses() {
    const lock_model& l = locks_[below(static_cast<unsigned>(locks_.size()))];
    unsigned char* p = w_.bytes + 8 * below(4);
    if (below(40) == 0) return plain();
    if (l.writer) touch(actor{l.writer}, p, 8, below(2));
    else if (!l.readers.empty()) touch(actor{l.readers[below(static_cast<unsigned>(l.readers.size()))]}, p, 8, below(60) == 0);
  }

  void access_by(const actor& g) {
    unsigned char* p = w_.bytes + below(40);
    if (below(12) == 0) p = reinterpret_cast<unsigned char*>(&atomics_[below(3)]);
    const bool writes = below(3) == 0;
    const unsigned n = below(3) ? 1u << below(4) : below(below(3) ? 24 : 80) + 1;
    if (p >= w_.bytes + 40) return touch(g, p, 8, writes);
    touch(g, p, n, writes);
  }

  void touch(const actor& g, unsigned char* p, unsigned n, bool writes) {
    g.runs();
    if (n == 8 && reinterpret_cast<std::uintptr_t>(p) % 8 == 0) writes ? __gosan_write8(p) : __gosan_read8(p);
    else if (n == 1) writes ? __gosan_write1(p) : __gosan_read1(p);
    else writes ? __gosan_write_range(p, n) : __gosan_read_range(p, n);
    twin_.touch(g.id, reinterpret_cast<std::uintptr_t>(p), n, writes ? oracle::write : oracle::read);
  }

  void fresh() {
    unsigned char* p = w_.bytes + below(40);
    const unsigned n = below(24) + 1;
    race::memory_fresh(p, n);
    twin_.forget(reinterpret_cast<std::uintptr_t>(p), n);
  }

  std::mt19937_64 random_;
  const bool locking_;
  const std::size_t most_actors_;
  world w_;
  oracle twin_;
  std::vector<actor> actors_;
  std::vector<lock_model> locks_;
  std::vector<channel_model> channels_;
  std::vector<std::uint64_t> ended_;
  bool armed_ = false;
  std::uint64_t groups_[2] = {fresh_id(), fresh_id()}, once_ = fresh_id(), semaphore_ = fresh_id(), timer_ = fresh_id();
  std::uint64_t* atomics_ = reinterpret_cast<std::uint64_t*>(w_.bytes + 128);
};

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

// The first programs of a process: they begin with one actor alone. Before any other test.
TEST(oracle, first_programs_of_a_process) {
  const unsigned first = from_environment("GOSAN_ORACLE_SEED", 1);
  for (unsigned seed = first; seed < first + 60; ++seed) {
    const pid_t child = fork();
    if (child == 0) {
      random_program program(seed);
      program.run(30 + seed % 200);
      program.compare();
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << "seed " << seed;
  }
}

TEST(oracle, random_programs) {
  const unsigned first = from_environment("GOSAN_ORACLE_SEED", 1), count = from_environment("GOSAN_ORACLE_PROGRAMS", 500);
  std::printf("seeds %u to %u\n", first, first + count - 1);
  std::size_t racy = 0;
  for (unsigned seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("GOSAN_ORACLE_SEED=" + std::to_string(seed) + " GOSAN_ORACLE_PROGRAMS=1");
    random_program program(seed);
    program.run(30 + seed % 200 + (seed % 5 ? 0 : 800));
    program.compare();
    racy += program.racy();
    if (::testing::Test::HasFailure()) break;
  }
  std::printf("%zu racy bytes in all\n", racy);
}

}  // namespace
}  // namespace gosan::test
