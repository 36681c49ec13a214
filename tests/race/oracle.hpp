// The naive twin of the detector: full vector clocks, copied whole, and every access of every byte kept for ever.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace gosan::test {

class oracle {
 public:
  using clock = std::map<std::uint64_t, std::uint64_t>;
  enum access : std::uint8_t { read = 0, write = 1, atomic_read = 2, atomic_write = 3 };

  // Orders.
  void fork(std::uint64_t parent, std::uint64_t child) { join(of(child), snapshot(parent)); }
  void join_actor(std::uint64_t g, std::uint64_t ended) { join(of(g), of(ended)); }
  void acquire(std::uint64_t g, std::uint64_t object) { join(of(g), objects_[object]); }
  void release(std::uint64_t g, std::uint64_t object) { objects_[object] = snapshot(g); }
  void release_merge(std::uint64_t g, std::uint64_t object) { join(objects_[object], snapshot(g)); }
  void swap(std::uint64_t g, std::uint64_t slot) {
    const clock taken = objects_[slot];
    objects_[slot] = snapshot(g);
    join(of(g), taken);
  }
  void copy(std::uint64_t to, std::uint64_t from) { objects_[to] = objects_[from]; }
  void clear(std::uint64_t object) { objects_.erase(object); }
  void meet(std::uint64_t g, std::uint64_t b) {
    const clock of_g = snapshot(g), of_b = snapshot(b);
    join(of(g), of_b);
    join(of(b), of_g);
  }

  // C++ atomics; `v` names the object.
  void load(std::uint64_t g, std::uint64_t v, int order) {
    if (acquires(order)) acquire(g, v);
    else join(pending_[g], objects_[v]);
  }
  void store(std::uint64_t g, std::uint64_t v, int order) {
    if (order >= 3) release(g, v);
    else if (fenced_.count(g)) objects_[v] = fenced_[g];
    else clear(v);
  }
  void update(std::uint64_t g, std::uint64_t v, int order) {
    load(g, v, order);
    if (order >= 3) release_merge(g, v);
    else if (fenced_.count(g)) join(objects_[v], fenced_[g]);
  }
  void fence(std::uint64_t g, int order) {
    if (acquires(order)) join(of(g), pending_[g]);
    if (order >= 3) fenced_[g] = snapshot(g);
  }

  void touch(std::uint64_t g, std::uintptr_t p, std::size_t n, access kind) {
    for (std::uintptr_t a = p; a < p + n; ++a) {
      for (const past_access& e : bytes_[a])
        if (conflict(e.kind, kind) && e.actor != g && of(g)[e.actor] < e.time) racy_.insert(a);
      bytes_[a].push_back({g, of(g)[g], kind});
    }
  }
  void forget(std::uintptr_t p, std::size_t n) {
    for (std::uintptr_t a = p; a < p + n; ++a) bytes_.erase(a);
  }
  const std::set<std::uintptr_t>& racy() const { return racy_; }

 private:
  struct past_access {
    std::uint64_t actor, time;
    access kind;
  };

  static bool acquires(int o) { return o == 1 || o == 2 || o >= 4; }
  static bool conflict(access a, access b) { return ((a | b) & 1) && !(a & b & 2); }
  static void join(clock& into, const clock& from) {
    for (auto [n, t] : from) into[n] = std::max(into[n], t);
  }
  clock& of(std::uint64_t g) {
    clock& c = actors_[g];
    if (!c[g]) c[g] = 1;
    return c;
  }
  clock snapshot(std::uint64_t g) {
    clock c = of(g);
    ++of(g)[g];
    return c;
  }

  std::map<std::uint64_t, clock> actors_, objects_, pending_, fenced_;
  std::map<std::uintptr_t, std::vector<past_access>> bytes_;
  std::set<std::uintptr_t> racy_;
};

}  // namespace gosan::test
