// A small language for tests: actors do things one after the other, in the order the test is written; what the detector says
// is asked afterwards. Actors, objects and memory are new in each world.
//
//   world w;
//   actor a = w.main(), b = w.go(a);
//   a.write(w.x); b.write(w.x);
//   EXPECT_TRUE(w.raced(w.x));
#pragma once

#include <atomic>
#include <cstring>
#include <set>

#include "events/event.hpp"
#include "race/abi.hpp"
#include "race/actors.hpp"
#include "race/race.hpp"
#include "race/race_report.hpp"

namespace gosan::test {

using events::event;
using events::kind;

inline std::uint64_t fresh_id() {
  static std::uint64_t last = 1000;
  return ++last;
}

class world;

struct actor {
  events::actor_id id = 0;

  void emit(kind k, std::uint64_t obj = 0, std::uint64_t a = 0, std::uint64_t b = 0) const {
    event e;
    e.what = k;
    e.g = id;
    e.obj = obj;
    e.a = a;
    e.b = b;
    race::on_event(e);
  }
  // Makes it the running actor of this thread, as the scheduler does.
  const actor& runs() const { return emit(kind::run), *this; }
  template <typename T>
  void read(const T& x) const {
    runs();
    call<sizeof(T)>(&x, false);
  }
  template <typename T>
  void write(T& x) const {
    runs();
    call<sizeof(T)>(&x, true);
  }
  void read_range(const void* p, std::size_t n) const { runs(), __gosan_read_range(p, n); }
  void write_range(void* p, std::size_t n) const { runs(), __gosan_write_range(p, n); }
  void end() const { runs(), emit(kind::go_end), emit(kind::stop); }

 private:
  template <unsigned n>
  static void call(const void* p, bool write) {
    void* q = const_cast<void*>(p);
    if constexpr (n == 1) write ? __gosan_write1(q) : __gosan_read1(q);
    if constexpr (n == 2) write ? __gosan_write2(q) : __gosan_read2(q);
    if constexpr (n == 4) write ? __gosan_write4(q) : __gosan_read4(q);
    if constexpr (n == 8) write ? __gosan_write8(q) : __gosan_read8(q);
  }
};

struct mutex {
  std::uint64_t id = fresh_id();
  void lock(const actor& a) const { a.emit(kind::lock_acquire, id, 0); }
  void unlock(const actor& a) const { a.emit(kind::lock_release, id, 0); }
  void lock_shared(const actor& a) const { a.emit(kind::lock_acquire, id, 1); }
  void unlock_shared(const actor& a) const { a.emit(kind::lock_release, id, 1); }
};

template <typename F>
void locked(const mutex& m, const actor& g, F f) {
  m.lock(g);
  f();
  m.unlock(g);
}

template <typename F>
void read_locked(const mutex& m, const actor& g, F f) {
  m.lock_shared(g);
  f();
  m.unlock_shared(g);
}

// A channel whose operations complete in the order written. Blocked partners: see the tests that need them.
struct channel {
  std::uint64_t id = fresh_id(), sent = 0, received = 0;
  channel(const actor& maker, std::uint64_t capacity) { maker.emit(kind::chan_make, id, capacity, 8); }
  void begin_send(const actor& a) const { a.emit(kind::chan_send_begin, id); }
  void put(const actor& a) { a.emit(kind::chan_send, id, sent++); }  // completes a send into the buffer
  void send(const actor& a) { begin_send(a), put(a); }
  void recv(const actor& a) { a.emit(kind::chan_recv, id, received++); }
  void meet(const actor& runner, const actor& parked) { runner.emit(kind::chan_sync, id, sent++, parked.id); }
  void close(const actor& a) const { a.emit(kind::chan_close, id); }
  void recv_closed(const actor& a) const { a.emit(kind::chan_recv_closed, id); }
  void send_closed(const actor& a) const { a.emit(kind::chan_send_closed, id); }
};

struct wait_group {
  std::uint64_t id = fresh_id(), count = 0;
  void add(const actor& a, std::uint64_t n = 1) {
    a.runs();
    count += n;
    a.emit(kind::wg_add, id, n, count);
  }
  void done(const actor& a) { a.emit(kind::wg_done, id, 0, --count); }
  void begin_wait(const actor& a) const { a.runs(), a.emit(kind::wg_wait_begin, id, 0, count); }
  void end_wait(const actor& a) const { a.emit(kind::wg_wait, id); }
  void wait(const actor& a) const { begin_wait(a), end_wait(a); }
};

class world {
 public:
  alignas(64) std::uint64_t x = 0, y = 0, z = 0;
  alignas(64) unsigned char bytes[256] = {};

  world() {
    race::at_start();
    race::memory_fresh(this, sizeof *this);
    seen_ = this;
    race::observe_races([](const race::race_found& r) { seen_->note(r); });
  }
  ~world() {
    race::observe_races(nullptr);
    race::on_event({kind::stop, 0, 0, running()});
    race::memory_fresh(this, sizeof *this);
  }
  actor main() { return {fresh_id()}; }
  actor go(const actor& parent) {
    actor child{fresh_id()};
    parent.runs();
    parent.emit(kind::go_create, child.id);
    return child;
  }
  template <typename T>
  bool raced(const T& object) const {
    const auto* p = reinterpret_cast<const char*>(&object);
    for (std::size_t i = 0; i < sizeof(T); ++i)
      if (racy_.count(reinterpret_cast<std::uintptr_t>(p + i))) return true;
    return false;
  }
  const std::set<std::uintptr_t>& racy_set() const { return racy_; }
  std::size_t racy_bytes() const { return racy_.size(); }
  unsigned misuses() const { return misuses_; }  // of channels and wait groups
  bool silent() const { return racy_.empty() && !misuses_; }

 private:
  void note(const race::race_found& r) {
    if (!r.granule) {
      ++misuses_;
      return;
    }
    for (unsigned i = 0; i < 8; ++i)
      if (r.previous.bytes >> i & 1) racy_.insert(r.granule + i);
  }
  static events::actor_id running() { return __gosan_thread.actor ? __gosan_thread.actor->id : 0; }

  std::set<std::uintptr_t> racy_;
  unsigned misuses_ = 0;
  static inline world* seen_ = nullptr;
};

}  // namespace gosan::test
