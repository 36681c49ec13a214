// What Go's built-in types are to its race detector, for kernels whose bug is a race on one of them: plain memory of fixed
// size, so that a race is a race and nothing worse. No storage moves or is freed under a reader, and nothing here is
// synchronised, except for concurrent_map.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>

#include "../kernel.hpp"

namespace kernels {

// Keeps the compiler from leaving out what a kernel reads and then does nothing with.
template <class T>
void look_at(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// A slice: to look at it is to read its header, to shorten, assign or append to it is to write it.
template <class T, std::size_t Capacity = 8>
class list_cell {
 public:
  void clear() { size_ = 0; }
  void assign(std::span<const T> values) {
    size_ = 0;
    for (const T& v : values) push(v);
  }
  void push(const T& v) {
    if (size_ < Capacity) items_[size_++] = v;
  }
  std::size_t size() const { return size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  std::size_t size_ = 0;
  std::array<T, Capacity> items_{};
};

// A map: a mutator writes it, also when it finds nothing to change; to look something up is to read it.
template <class Key, class Value, std::size_t Capacity = 8>
class table_cell {
 public:
  void insert(const Key& k, const Value& v) {
    ++changes_;
    if (size_ < Capacity) entries_[size_++] = {k, v};
  }
  void erase(const Key& k) {
    ++changes_;
    for (std::size_t i = 0; i < size_; ++i) {
      if (entries_[i].first == k) entries_[i] = entries_[--size_];
    }
  }
  bool contains(const Key& k) const {
    if (changes_ == 0) return false;
    for (std::size_t i = 0; i < size_; ++i) {
      if (entries_[i].first == k) return true;
    }
    return false;
  }
  std::size_t size() const { return size_; }
  const Key& key(std::size_t i) const { return entries_[i].first; }

 private:
  unsigned changes_ = 0;
  std::size_t size_ = 0;
  std::array<std::pair<Key, Value>, Capacity> entries_{};
};

// A pointer that panics when it is null and used, as Go's do.
template <class T>
class checked_pointer {
 public:
  checked_pointer() = default;
  explicit checked_pointer(T* p) : p_(p) {}
  T* operator->() const {
    if (!p_) throw std::logic_error("null pointer dereference");
    return p_;
  }
  explicit operator bool() const { return p_ != nullptr; }
  void reset() { p_ = nullptr; }

 private:
  T* p_ = nullptr;
};

// sync.Map: a walk sees what was stored before it; the callback runs without the map's lock.
template <class Key, class Value>
class concurrent_map {
 public:
  void store(const Key& k, const Value& v) {
    std::lock_guard hold(m_);
    entries_[k] = v;
  }
  void walk(const std::function<void(const Key&, const Value&)>& f) {
    std::map<Key, Value> seen;
    {
      std::lock_guard hold(m_);
      seen = entries_;
    }
    for (const auto& [k, v] : seen) f(k, v);
  }

 private:
  mutex m_;
  std::map<Key, Value> entries_;  // guarded by m_
};

// Calls f for every piece, spread over so many workers; returns when all is done. Stops early when ctx is done.
inline void parallelize(const context& ctx, int workers, int pieces, const std::function<void(int)>& f) {
  auto todo = make_chan<int>(static_cast<std::size_t>(pieces));
  for (int i = 0; i < pieces; ++i) todo.send(i);
  todo.close();
  wait_group running;
  running.add(workers);
  for (int i = 0; i < workers; ++i) {
    go([&] {
      defer done{[&] { running.done(); }};
      for (int piece : todo) {
        if (select(recv_case(ctx.done()), default_case()) == 0) return;
        f(piece);
      }
    });
  }
  running.wait();
}

}  // namespace kernels
