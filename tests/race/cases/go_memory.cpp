// Facts of Go's memory model about plain memory: variables, arguments, fields, arrays, strings, slices and maps as
// C++ has them; see go_channels.cpp. What Go does to a value's header is done here to what stands for it.
#include <gosan/gosan.hpp>

#include <sys/mman.h>

#include <any>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

int global = 0;
[[gnu::noinline]] void write_global() { global = 1; }  // race TestRaceIntRWGlobalFuncs
[[gnu::noinline]] int read_global() { return global; }  // race TestRaceIntRWGlobalFuncs

struct shape {
  virtual ~shape() = default;
  virtual int corners() const { return 0; }
};
struct square : shape {
  int corners() const override { return 4; }
};

struct by_value {
  int n = 0;
  void keep() const { side = n; }
};
}  // namespace

CASE(TestRaceIntRWGlobalFuncs) {
  both([] { write_global(); }, [] { side = read_global(); });
}

CASE(TestRaceFuncArgument) {
  auto done = make_chan<void>(1);
  auto take = [](int value) { side = value; };
  int x = 0;
  go([&, done] {
    take(x);  // race TestRaceFuncArgument
    done.send();
  });
  x = 1;  // race TestRaceFuncArgument
  done.recv();
}

CASE(TestRaceIfaceConv) {
  // The pointer is converted by the starter, which reads it.
  square s;
  square* p = nullptr;
  auto done = make_chan<void>(2);
  go([&, done] {
    p = &s;  // race TestRaceIfaceConv
    done.send();
  });
  go([done](const shape*) { done.send(); }, static_cast<const shape*>(p));  // race TestRaceIfaceConv
  done.recv(), done.recv();
}

CASE(TestRaceRange) {
  int seen[3] = {};
  int i = 0;
  gosan::wait_group group;
  for (int& s : seen) {
    group.go([&] { s = i; });  // race TestRaceRange
    ++i;                       // race TestRaceRange
  }
  group.wait();
}

CASE(TestRaceForInit) {
  auto done = make_chan<void>(1);
  int i = 7;
  go([&, done] {
    side = i;  // race TestRaceForInit
    done.send();
  });
  for (i = 0; i < 1;) break;  // race TestRaceForInit
  done.recv();
}

CASE(TestRacePanicArg) {
  int x = 0;
  both(
      [&] {
        try {
          throw x;  // race TestRacePanicArg
        } catch (int) {
        }
      },
      [&] { x = 1; });  // race TestRacePanicArg
}

CASE(TestRaceDeferArg) {
  // Read when it is deferred: the write comes before the scope ends, unordered.
  int x = 0;
  both(
      [&] {
        gosan::defer d{[x] { side = x; }};  // race TestRaceDeferArg
      },
      [&] { x = 1; });  // race TestRaceDeferArg
}

CASE(TestRaceDeferArg2) {
  by_value object;
  both(
      [&] {
        gosan::defer d{[object] { object.keep(); }};  // race TestRaceDeferArg2
      },
      [&] { object.n = 1; });  // race TestRaceDeferArg2
}

namespace {
[[gnu::noinline]] std::shared_ptr<int> named_result(gosan::chan<void> done) {
  auto result = std::make_shared<int>(0);
  go([result, done] {
    *result = 1;  // race TestRaceHeapParam
    done.send();
  });
  side = *result;  // race TestRaceHeapParam
  return result;
}
}  // namespace

CASE(TestRaceHeapParam) {
  auto done = make_chan<void>(1);
  auto kept = named_result(done);
  done.recv();
}

namespace {
gosan::mutex as_func;
[[gnu::noinline]] int locked_copy(int value) {
  std::lock_guard hold(as_func);
  return value + 1;
}
}  // namespace

CASE(TestRaceAsFunc3) {
  // The argument is read before the callee locks: no order with who had the lock before.
  int x = 0;
  turn at;
  both(
      [&] {
        at.wait(1);
        side = locked_copy(x);  // race TestRaceAsFunc3
      },
      [&] {
        {
          std::lock_guard hold(as_func);
          x = 2;  // race TestRaceAsFunc3
        }
        at.next();
      });
}

CASE(TestNoRaceAsFunc4) {
  // The result is stored after the callee has locked, and the lock is still held.
  gosan::mutex m;
  int x = 0;
  auto lock_and_make = [&] {
    m.lock();
    return 42;
  };
  auto store = [&] {
    x = lock_and_make();
    m.unlock();
  };
  both(store, store);
}

CASE(TestRaceFuncItself) {
  void (*f)() = [] {};
  both([&] { f(); }, [&] { f = [] { std::fputs("", stdout); }; });  // race TestRaceFuncItself
}

CASE(TestRaceFuncVariableRW) {
  std::function<int(int)> f = [](int x) { return x; };
  both(
      [&] { side = f(1); },                        // race TestRaceFuncVariableRW
      [&] { f = [](int x) { return x * x + 1; }; });  // race TestRaceFuncVariableRW
}

CASE(TestRaceEfaceWW) {
  std::any a;
  both([&] { a = 1; }, [&] { a = 'c'; });  // race TestRaceEfaceWW
}

CASE(TestRaceIfaceWW) {
  const square one;
  const shape two;
  const shape* s = nullptr;
  both([&] { s = &one; }, [&] { s = &two; });  // race TestRaceIfaceWW
  side = s->corners();
}

CASE(TestRaceStringRW) {
  std::string s = "a";
  both(
      [&] { side = static_cast<int>(s.size()); },  // race TestRaceStringRW
      [&] { s = "other"; });                       // race TestRaceStringRW
}

CASE(TestRaceAppendLenRW) {
  std::vector<int> v;
  both(
      [&] { v.push_back(1); },                       // race TestRaceAppendLenRW
      [&] { side = static_cast<int>(v.size()); });   // race TestRaceAppendLenRW
}

CASE(TestRaceAppendCapRW) {
  std::vector<int> v;
  both(
      [&] { v.push_back(1); },                          // race TestRaceAppendCapRW
      [&] { side = static_cast<int>(v.capacity()); });  // race TestRaceAppendCapRW
}

CASE(TestRaceSliceSlice) {
  int numbers[4] = {}, others[3] = {};
  std::span<int> s = numbers;
  both(
      [&] { side = static_cast<int>(s.subspan(1).size()); },  // race TestRaceSliceSlice
      [&] { s = others; });                                   // race TestRaceSliceSlice
}

CASE(TestRaceArrayCopy) {
  std::array<int, 5> a{};
  const std::array<int, 5> b = {1, 2, 3, 4, 5};
  both(
      [&] { a = b; },     // race TestRaceArrayCopy
      [&] { a[3] = 1; });  // race TestRaceArrayCopy
}

CASE(TestRaceStructFieldRW1) {
  struct {
    int a, b;
  } p{};
  both([&] { p.a = 1; }, [&] { side = p.a; });  // race TestRaceStructFieldRW1
}

CASE(TestNoRaceStructFieldRW2) {
  struct fields {
    int a = 0, b = 0;
  };
  auto p = std::make_unique<fields>();
  both([&] { p->a = 1; }, [&] { side = p->b; });
}

CASE(TestRaceIssue5654) {
  // A reader from memory fills a buffer of which a view was sent.
  auto views = make_chan<const char*>(), done = make_chan<const char*>();
  char buffer[8] = {};
  go([=] {
    for (const char* v : views) side = v[1];  // race TestRaceIssue5654
    done.send(nullptr);
  });
  const std::string_view in = "some bytes";
  views.send(buffer);
  in.copy(buffer, 4);  // race TestRaceIssue5654
  views.close();
  done.recv();
}

CASE(TestNoRaceTinyAlloc) {
  // Neighbours on the heap, each with an owner of its own; and again from what others freed.
  gosan::wait_group group;
  for (int g = 0; g < 4; ++g)
    group.go([g] {
      for (int i = 0; i < 50; ++i) {
        std::vector<std::unique_ptr<char>> small;
        for (int n = 0; n < 10; ++n) small.push_back(std::make_unique<char>(static_cast<char>(n)));
        if (g % 2) gosan::yield();
        for (auto& p : small) ++*p;
      }
    });
  group.wait();
}

CASE(TestRaceMethodThunk) {
  struct base {
    int n = 1;
    [[gnu::noinline]] void method() const { side = n; }
  };
  struct outer {
    base* embedded;
    void method() const { embedded->method(); }  // race TestRaceMethodThunk
  };
  base one, two;
  outer o{&one};
  both([&] { o.method(); }, [&] { o.embedded = &two; });  // race TestRaceMethodThunk
}

CASE(TestRaceUnaddressableMapLen) {
  std::map<int, std::map<int, int>> m;
  m[0][0] = 0;
  both(
      [&] { side = static_cast<int>(m[0].size()); },  // race TestRaceUnaddressableMapLen
      [&] { m[0][1] = 1; });                          // race TestRaceUnaddressableMapLen
}

CASE(TestNoRaceRpcChan) {
  // The call that makes the channel is made once.
  auto done = make_chan<void>(1);
  int calls = 0;
  auto call = [&] {
    ++calls;
    return done;
  };
  go([done] { done.send(); });
  call().recv();
  if (calls != 1) std::puts("?");
}

CASE(TestNoRaceForInfiniteLoop) {
  // A conversion to the derived type in a loop's condition.
  auto done = make_chan<void>(1);
  go([done] {
    square last;
    shape first;
    const shape* s = &first;
    for (int turns = 0; !dynamic_cast<const square*>(s); ++turns)
      if (turns == 3) s = &last;
    done.send();
  });
  done.recv();
}

// Go's TestNonGoMemory: of a mapping of the program's own, plain and atomic.
CASE(TestNoRaceNonGoMemory) {
  constexpr std::size_t bytes = 1 << 16;
  auto* p = static_cast<long*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  auto done = make_chan<void>();
  go([p, done] {
    p[5] = 1;
    __atomic_fetch_add(&p[6], 1, __ATOMIC_SEQ_CST);
    done.send();
  });
  __atomic_fetch_add(&p[6], 1, __ATOMIC_SEQ_CST);
  done.recv();
  side = static_cast<int>(p[5] + p[6]);
  munmap(p, bytes);
}

int main(int argc, char** argv) { return run_case(argc, argv); }
