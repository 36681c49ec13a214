// Hand-over by shared pointers, atomics and fences; lock-free structures as they are written in the wild.
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "case.hpp"

namespace {
struct document {
  std::string text = "a text that is too long to lie inside the string";
  int version = 0;
};
}  // namespace

CASE(shared_ptr_last_owner) {
  for (int round = 0; round < 20; ++round) {
    auto shared = std::make_shared<document>();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([shared, i, wrong] {
        if (wrong && i < 2) ++shared->version;  // race shared_ptr_last_owner
        else if (shared->text.empty()) std::puts("?");
      });
    shared.reset();
  }
}

CASE(weak_ptr) {
  auto shared = std::make_shared<document>();
  std::weak_ptr<document> weak = shared;
  std::jthread t([weak, wrong] {
    if (wrong) side = 1;  // race weak_ptr
    for (int i = 0; i < 100; ++i)
      if (auto p = weak.lock(); p && p->text.empty()) std::puts("?");
  });
  if (wrong) side = 2;  // race weak_ptr
  shared.reset();
}

CASE(shared_ptr_variable) {
  auto shared = std::make_shared<document>();
  std::jthread t([&] {
    if (wrong) shared = std::make_shared<document>();  // race shared_ptr_variable
  });
  if (wrong) {
    auto copy = shared;  // race shared_ptr_variable
    if (!copy) std::puts("?");
  }
}

CASE(atomic_shared_ptr) {
  std::atomic<std::shared_ptr<document>> current = std::make_shared<document>();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race atomic_shared_ptr
      for (int k = 0; k < 30; ++k) {
        if (i == 0) {
          auto next = std::make_shared<document>();
          next->version = k;
          current.store(std::move(next));
        } else if (current.load()->text.empty()) {
          std::puts("?");
        }
      }
    });
}

namespace {
struct only_read {
  std::atomic<int> owners = 2;
  int payload = 1;
  void drop(bool wrong) {
    if (payload != 1) std::puts("?");  // race count_with_fence
    if (owners.fetch_sub(1, std::memory_order_release) != 1) return;
    if (!wrong) std::atomic_thread_fence(std::memory_order_acquire);
    payload = 0;  // race count_with_fence
    delete this;
  }
};
}  // namespace

CASE(count_with_fence) {
  auto* c = new only_read;
  std::jthread t([=] { c->drop(wrong); });
  c->drop(wrong);
}

CASE(count_with_release_fence) {
  // The decrement is relaxed, a release fence before it and an acquire fence after it.
  struct shared {
    std::atomic<int> owners = 2;
    int payload = 1;
  };
  // (What frees the block would not be ordered after the other's decrement itself.)
  auto c = std::make_unique<shared>();
  auto drop = [c = c.get(), wrong] {
    if (c->payload != 1) std::puts("?");  // race count_with_release_fence
    if (!wrong) std::atomic_thread_fence(std::memory_order_release);
    if (c->owners.fetch_sub(1, std::memory_order_relaxed) != 1) return;
    std::atomic_thread_fence(std::memory_order_acquire);
    c->payload = 0;  // race count_with_release_fence
  };
  std::jthread t(drop);
  drop();
}

CASE(publish_by_pointer) {
  std::atomic<document*> published = nullptr;
  const auto store = wrong ? std::memory_order_relaxed : std::memory_order_release;
  std::jthread t([&] {
    auto* d = new document;
    d->version = 7;  // race publish_by_pointer
    published.store(d, store);
  });
  document* d = nullptr;
  while (!(d = published.load(std::memory_order_acquire))) std::this_thread::yield();
  if (d->version != 7) std::puts("?");  // race publish_by_pointer
  t.join();
  delete d;
}

CASE(double_checked) {
  std::atomic<document*> instance = nullptr;
  document* plain = nullptr;
  std::mutex lock;
  auto get = [&] {
    document* d = instance.load(std::memory_order_acquire);
    if (d) return d;
    std::lock_guard hold(lock);
    d = instance.load(std::memory_order_relaxed);
    if (!d) instance.store(d = new document, std::memory_order_release);
    return d;
  };
  auto get_wrong = [&] {
    if (!plain) {  // race double_checked
      std::lock_guard hold(lock);
      if (!plain) plain = new document;  // race double_checked
    }
    return plain;
  };
  {
    std::atomic<int> ready = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        ready.fetch_add(1, std::memory_order_relaxed);
        while (ready.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
        if ((wrong ? get_wrong() : get())->text.empty()) std::puts("?");
      });
  }
  delete instance.load();
  delete plain;
}

CASE(spin_lock) {
  std::atomic_flag lock = ATOMIC_FLAG_INIT;
  long protected_sum = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) ++side;  // race spin_lock
      for (int k = 0; k < 100; ++k) {
        while (lock.test_and_set(std::memory_order_acquire)) lock.wait(true, std::memory_order_relaxed);
        protected_sum += k;
        lock.clear(std::memory_order_release);
        lock.notify_one();
      }
    });
}

CASE(atomic_wait_notify) {
  std::atomic<int> stage = 0;
  std::string text;
  std::jthread t([&] {
    stage.wait(0, std::memory_order_acquire);
    text += " and read";  // race atomic_wait_notify
    stage.store(2, std::memory_order_release);
    stage.notify_all();
  });
  text = "written before the stage is set";  // race atomic_wait_notify
  stage.store(1, wrong ? std::memory_order_relaxed : std::memory_order_release);
  stage.notify_all();
  // The wrong one does not wait: what the library counts its waiters by would order the two, now and then.
  if (!wrong) stage.wait(1, std::memory_order_acquire);
}

CASE(sequence_lock) {
  std::atomic<unsigned> sequence = 0;
  std::atomic<int> a = 0, b = 0;
  int plain = 0;
  std::jthread writer([&] {
    for (int i = 0; i < 100; ++i) {
      sequence.fetch_add(1, std::memory_order_acquire);
      a.store(i, std::memory_order_relaxed);
      b.store(i, std::memory_order_relaxed);
      if (wrong) plain = i;  // race sequence_lock
      sequence.fetch_add(1, std::memory_order_release);
    }
  });
  if (wrong && plain < 0) std::puts("?");  // race sequence_lock
  for (int i = 0; i < 100; ++i) {
    const unsigned before = sequence.load(std::memory_order_acquire);
    const int x = a.load(std::memory_order_relaxed), y = b.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && sequence.load(std::memory_order_relaxed) == before && x != y) std::puts("?");
  }
}

namespace {
template <class T, std::size_t N>
class ring {
 public:
  bool push(T v) {
    const std::size_t t = tail_.load(std::memory_order_relaxed);
    if (t - head_.load(std::memory_order_acquire) == N) return false;
    items_[t % N] = std::move(v);
    tail_.store(t + 1, std::memory_order_release);
    return true;
  }
  std::optional<T> pop() {
    const std::size_t h = head_.load(std::memory_order_relaxed);
    if (h == tail_.load(std::memory_order_acquire)) return {};
    T v = std::move(items_[h % N]);
    head_.store(h + 1, std::memory_order_release);
    return v;
  }

 private:
  std::atomic<std::size_t> head_ = 0, tail_ = 0;
  T items_[N];
};
}  // namespace

CASE(one_to_one_ring) {
  ring<std::string, 4> r;
  std::jthread producer([&] {
    if (wrong) side = 1;  // race one_to_one_ring
    for (int i = 0; i < 200;)
      if (r.push("a string that lies on the heap: " + std::to_string(i))) ++i;
      else std::this_thread::yield();
  });
  if (wrong) side = 2;  // race one_to_one_ring
  for (int got = 0; got < 200;)
    if (auto s = r.pop()) got += !s->empty();
    else std::this_thread::yield();
}

namespace {
struct stack_node {
  std::string text;
  stack_node* next;
};
}  // namespace

CASE(treiber_stack) {
  std::atomic<stack_node*> head = nullptr;
  const auto publish = wrong ? std::memory_order_relaxed : std::memory_order_release;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        auto* n = new stack_node{"pushed by " + std::to_string(i) + " as number " + std::to_string(k), nullptr};  // race treiber_stack
        n->next = head.load(std::memory_order_relaxed);
        while (!head.compare_exchange_weak(n->next, n, publish, std::memory_order_relaxed)) {
        }
      }
    });
  std::size_t all = 0;
  while (all < 60) {
    stack_node* list = head.exchange(nullptr, std::memory_order_acquire);
    for (; list; ++all) {
      stack_node* next = list->next;  // race treiber_stack
      if (list->text.empty()) std::puts("?");  // race treiber_stack
      delete list;
      list = next;
    }
  }
  for (auto& t : threads) t.join();
}

CASE(release_sequence) {
  // A relaxed update by a third thread goes on with the release sequence of the store before it.
  std::atomic<int> x = 0;
  int data = 0;
  std::jthread a([&] {
    data = 1;  // race release_sequence
    x.store(1, std::memory_order_release);
  });
  std::jthread b([&] {
    int expected = 1;
    while (!x.compare_exchange_weak(expected, 2, std::memory_order_relaxed)) expected = 1, std::this_thread::yield();
  });
  const auto order = wrong ? std::memory_order_relaxed : std::memory_order_acquire;
  while (x.load(order) != 2) std::this_thread::yield();
  data = 2;  // race release_sequence
}

CASE(atomic_ref) {
  long plain = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&, i] {
      std::atomic_ref<long>(plain).fetch_add(1, std::memory_order_relaxed);
      if (wrong && i) ++plain;  // race atomic_ref
    });
}

int main(int argc, char** argv) { return run_case(argc, argv); }
