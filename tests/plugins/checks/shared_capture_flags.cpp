// checks: -*,gosan-shared-capture
// Flags that are asked until they are set, in every way that C++ and its compilers have; a promise's future; what is run by who waits.
#include <atomic>
#include <future>
#include <memory>
#include <thread>

struct message {
  int n = 0;
};

// ---- What it flags ----

void set_and_never_asked() {
  int m = 0;
  std::atomic<bool> ready = false;
  std::thread other([&] {
    ready = true;
    ++m;  // note: it writes it here
  });
  ++m;  // expect: gosan-shared-capture
  other.join();
}
void set_by_a_builtin_and_never_asked() {
  int m = 0;
  int ready = 0;
  std::thread other([&] {
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    ++m;  // note: it writes it here
  });
  ++m;  // expect: gosan-shared-capture
  other.join();
}

// ---- What it does not ----

void asked_by_its_name() {
  message m;
  std::atomic<bool> ready = false;
  std::thread other([&] {
    while (!ready) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  ready = true;
  other.join();
}
void compared_by_its_name() {
  message m;
  std::atomic<int> step = 0;
  std::thread other([&] {
    for (;;)
      if (step == 1) break;
    ++m.n;
  });
  m.n = 1;
  step = 1;
  other.join();
}
void the_spawner_asks() {
  message m;
  std::atomic<bool> ready = false;
  std::thread other([&] {
    ++m.n;
    ready = true;
  });
  while (!ready) std::this_thread::yield();
  ++m.n;
  other.join();
}
void a_pointer() {
  message m;
  std::atomic<message*> handed{nullptr};
  std::thread other([&] {
    while (handed == nullptr) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  handed = &m;
  other.join();
}
void a_flag() {
  message m;
  std::atomic_flag ready = ATOMIC_FLAG_INIT;
  std::thread other([&] {
    while (!ready.test()) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  ready.test_and_set();
  other.join();
}
void a_reference() {
  message m;
  int ready = 0;
  std::thread other([&] {
    while (!std::atomic_ref(ready)) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  std::atomic_ref{ready} = 1;
  other.join();
}
void functions_of_the_library() {
  message m;
  std::atomic<bool> ready{false};
  std::thread other([&] {
    while (!std::atomic_load_explicit(&ready, std::memory_order_acquire)) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  std::atomic_store(&ready, true);
  other.join();
}
void builtins() {
  message m;
  int ready = 0, count = 2;
  std::thread other([&] {
    while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) std::this_thread::yield();
    ++m.n;
  });
  m.n = 1;
  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  other.join();
  auto last = [&] {
    if (__sync_sub_and_fetch(&count, 1) == 0) ++m.n;
  };
  std::thread one(last), two(last);
  one.join();
  two.join();
}
void a_future_that_is_got_first() {
  message m;
  int n = 0;
  std::promise<void> written;
  auto is_written = written.get_future();
  std::thread other([&] {
    ++m.n, ++n;
    written.set_value();
  });
  is_written.wait();
  ++m.n, ++n;
  other.join();
}
void deferred() {
  int n = 0;
  auto later = std::async(std::launch::deferred, [&] { ++n; });
  ++n;
  later.get();
}
