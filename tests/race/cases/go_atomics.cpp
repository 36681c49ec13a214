// Facts of Go's memory model about atomics; see go_channels.cpp. Go has one order only: sequentially consistent.
//
// Without a counterpart: TestNoRaceAtomicCrash, an atomic at a null address ends a C++ program.
#include <gosan/gosan.hpp>

#include <atomic>
#include <cstdint>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan;

namespace {
template <class F, class G>
void both(F f, G g) {
  gosan::wait_group group;
  group.go(f);
  group.go(g);
  group.wait();
}

template <class C>
void until(C ready) {
  while (!ready()) gosan::yield();
}
}  // namespace

CASE(TestNoRaceAtomicAddInt32) {
  int x = 0;
  std::atomic<std::int32_t> s = 0;
  // Who adds second has seen the first, whoever that is.
  auto add = [&] {
    if (s.fetch_add(1) == 1) x = 1;
  };
  x = 2;
  both(add, add);
  x = 0;
  both(
      [&] {
        x = 1;
        s.fetch_add(1);
      },
      [&] {
        until([&] { return s.load() == 3; });
        x = 2;
      });
}

CASE(TestNoRaceAtomicLoadStoreInt32) {
  int x = 0;
  std::atomic<std::int32_t> s = 0;
  both(
      [&] {
        x = 2;
        s.store(1);
      },
      [&] {
        until([&] { return s.load() == 1; });
        x = 1;
      });
}

CASE(TestNoRaceAtomicStoreCASInt32) {
  int x = 0;
  std::atomic<std::int32_t> s = 0;
  both(
      [&] {
        x = 2;
        s.store(1);
      },
      [&] {
        until([&, one = 1]() mutable { return one = 1, s.compare_exchange_strong(one, 0); });
        x = 1;
      });
}

CASE(TestNoRaceAtomicCASLoadInt32) {
  int x = 0;
  std::atomic<std::int32_t> s = 0;
  both(
      [&] {
        x = 2;
        std::int32_t zero = 0;
        if (!s.compare_exchange_strong(zero, 1)) std::puts("?");
      },
      [&] {
        until([&] { return s.load() == 1; });
        x = 1;
      });
}

CASE(TestNoRaceAtomicLoadInt64) {
  int x = 0;
  std::atomic<std::int64_t> s = 0;
  both(
      [&] {
        x = 2;
        s.fetch_add(1);
      },
      [&] {
        until([&] { return s.load() == 1; });
        x = 1;
      });
}

CASE(TestNoRaceAtomicCASCASUInt64) {
  int x = 0;
  std::atomic<std::uint64_t> s = 0;
  both(
      [&] {
        x = 2;
        std::uint64_t zero = 0;
        if (!s.compare_exchange_strong(zero, 1)) std::puts("?");
      },
      [&] {
        until([&, one = std::uint64_t{1}]() mutable { return one = 1, s.compare_exchange_strong(one, 0); });
        x = 1;
      });
}

CASE(TestNoRaceAtomicLoadStorePointer) {
  struct published {
    int value = 0;
  } object;
  std::atomic<published*> p = nullptr;
  both(
      [&] {
        object.value = 2;
        p.store(&object);
      },
      [&] {
        until([&] { return p.load() != nullptr; });
        p.load()->value = 1;
      });
}

CASE(TestNoRaceDeferAtomicStore) {
  // The store runs when the scope is left, among thousands of goroutines.
  gosan::wait_group group;
  std::atomic<int> flags[10] = {};
  for (int i = 0; i < 2000; ++i)
    group.go([&, i] {
      gosan::defer d{[&] { flags[i % 10].store(i); }};
      gosan::yield();
    });
  group.wait();
}

CASE(TestRaceAtomicLoadStore) {
  long x = 0;
  both(
      [&] { side = static_cast<int>(__atomic_load_n(&x, __ATOMIC_SEQ_CST)); },  // race TestRaceAtomicLoadStore
      [&] { x = 1; });                                                          // race TestRaceAtomicLoadStore
}

CASE(TestRaceAtomicAddLoad) {
  long x = 0;
  both(
      [&] { __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST); },  // race TestRaceAtomicAddLoad
      [&] { side = static_cast<int>(x); });                  // race TestRaceAtomicAddLoad
}

CASE(TestRaceAtomicAddStore) {
  long x = 0;
  both(
      [&] { __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST); },  // race TestRaceAtomicAddStore
      [&] { x = 42; });                                      // race TestRaceAtomicAddStore
}

int main(int argc, char** argv) { return run_case(argc, argv); }
