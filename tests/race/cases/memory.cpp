// Kinds of memory and of access: sizes, bit fields, ranges, stacks, thread-local variables, blocks that are freed and used again.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "case.hpp"

namespace {
template <class F, class G>
void both(F f, G g) {
  std::jthread a(f), b(g);
}
}  // namespace

CASE(neighbours) {
  struct {
    std::uint8_t a, b;
    std::uint16_t c;
    std::uint32_t d;
  } s{};
  both([&] { s.a = 1, s.c = 3; }, [&] { s.b = 2, s.d = 4; });
  if (wrong) both([&] { s.c = 1; }, [&] { std::memset(&s.b, 0, 3); });  // race neighbours
}

CASE(bit_fields) {
  struct {
    unsigned a : 3, b : 5;
    unsigned : 0;
    unsigned c : 7;
  } s{};
  both([&] { s.a = 1; }, [&] { s.c = 2; });
  if (wrong) both([&] { s.a = 3; }, [&] { s.b = 2; });  // race bit_fields
}

CASE(unaligned) {
  struct __attribute__((packed)) {
    char c;
    std::uint64_t x;
    std::uint64_t y;
  } s{};
  both([&] { s.x = 1; }, [&] { s.y = 2; });
  alignas(16) char bytes[32] = {};
  auto put = [](void* at, std::uint64_t v) { std::memcpy(at, &v, sizeof v); };
  if (wrong) both([&] { put(bytes + 5, 1); }, [&] { bytes[12] = 1; });  // race unaligned
}

CASE(ranges) {
  std::vector<char> v(1000);
  both([&] { std::memset(v.data(), 1, 500); }, [&] { std::memcpy(v.data() + 500, v.data() + 700, 100); });
  if (wrong) both([&] { std::memset(v.data(), 1, 501); }, [&] { std::memmove(v.data() + 500, v.data() + 700, 100); });  // race ranges
}

namespace {
char text_of_strings[64] = "some text";
}
CASE(string_functions) {
  char copy[64];
  const std::size_t n = std::strlen(text_of_strings);
  std::jthread a([&] {
    if (wrong) std::strcpy(text_of_strings, "another text");  // race string_functions
  });
  if (wrong) std::strncpy(copy, text_of_strings, sizeof copy), copy[63] = 0, std::puts(copy + n % 2 + 62);  // race string_functions
}

CASE(string_compare) {
  char *text = strdup("text on the heap"), *same = strdup("text on the heap");
  std::jthread a([&] {
    if (wrong) text[2] = 'X';  // race string_compare
  });
  if (wrong && std::strcmp(text, same) > 1000) std::puts("?");  // race string_compare
  a.join();
  std::free(text);
  std::free(same);
}

// A comparison reads up to the first difference, whatever lies behind it.
CASE(memory_compare) {
  std::vector<char> one(40, 1), other(40, 1);
  other[21] = 2;
  volatile int larger = 0;
  auto compare = [&] { larger = std::memcmp(one.data(), other.data(), one.size()) > 0; };
  both(compare, [&] { one[22] = 3; });
  if (wrong) both(compare, [&] { one[21] = 1; });  // race memory_compare
}

CASE(string_variable) {
  std::string s = "short";
  std::jthread a([&] {
    if (wrong) s += " and longer, so that it moves to the heap";  // race string_variable
  });
  if (wrong && s.size() > 1000) std::puts("?");  // race string_variable
}

namespace {
struct base {
  virtual ~base() = default;
  virtual int f() { return 1; }
};
struct derived : base {
  int f() override { return 2; }
};
}  // namespace
CASE(vptr) {
  // The destructor of `derived` makes it a `base` while another still calls it.
  auto* p = new derived;
  std::jthread a([&] {
    if (wrong && p->f() > 3) std::puts("?");  // race vptr
  });
  if (!wrong) a.join();
  delete static_cast<base*>(p);
}

namespace {
thread_local int own;
thread_local std::string own_text = "initial";
}  // namespace
CASE(thread_local_variable) {
  int* of_main = &own;
  own = 1;
  both(
      [] {
        own = 2;
        own_text += "a";
      },
      [] {
        own = 3;
        own_text += "b";
      });
  std::jthread a([=] {
    if (wrong) *of_main = 4;  // race thread_local_variable
  });
  if (wrong) *of_main = 5;  // race thread_local_variable
}

CASE(stack_variable) {
  int local = 0;
  std::jthread a([&] {
    if (wrong) local = 1;  // race stack_variable
  });
  if (wrong) local = 2;  // race stack_variable
}

CASE(array_elements) {
  std::array<std::array<double, 8>, 8> m{};
  std::vector<std::jthread> rows;
  for (std::size_t i = 0; i < 8; ++i)
    rows.emplace_back([&, i] {
      for (double& x : m[i]) x = static_cast<double>(i);
    });
  if (wrong)
    rows.emplace_back([&] {
      for (auto& row : m) row[3] += 1;  // race array_elements
    });
}

CASE(struct_copy) {
  struct large {
    long values[10];
  };
  large a{}, b{};
  std::jthread t([&] {
    if (wrong) b.values[7] = 1;  // race struct_copy
  });
  if (wrong) a = b;  // race struct_copy
  if (a.values[7] > 2) std::puts("?");
}

CASE(vector_bool) {
  std::vector<bool> v(128);
  both([&] { v[3] = true; }, [&] { v[70] = true; });
  if (wrong) both([&] { v[3] = false; }, [&] { v[4] = false; });  // race vector_bool
}

CASE(freed_and_used) {
  auto* p = new std::array<long, 4>{1, 2, 3, 4};
  std::jthread a([&] {
    if (wrong && (*p)[2] != 3) std::puts("?");  // race freed_and_used
  });
  if (!wrong) a.join();
  delete p;  // race freed_and_used
}

CASE(used_after_free) {
  // The free comes first, and the freeing thread allocates again at once: the block must not be given out meanwhile.
  auto* p = new std::array<long, 4>{1, 2, 3, 4};
  int ends[2];
  if (pipe(ends)) return;
  static long* leaked = nullptr;
  std::jthread a([=] {
    if (!wrong) return;
    while (!__atomic_load_n(&leaked, __ATOMIC_RELAXED)) std::this_thread::yield();
    if (p->at(2) > 100) std::puts("?");  // race used_after_free
  });
  if (!wrong) a.join();
  delete p;  // race used_after_free
  auto* again = new std::array<long, 4>{5, 6, 7, 8};
  __atomic_store_n(&leaked, again->data(), __ATOMIC_RELAXED);
  if (a.joinable()) a.join();
  delete again;
}

CASE(double_free) {
  auto* p = new long(1);
  static int stage;
  std::jthread a([=] {
    if (wrong) delete p;  // race double_free
    __atomic_store_n(&stage, 1, __ATOMIC_RELAXED);
  });
  while (!__atomic_load_n(&stage, __ATOMIC_RELAXED)) std::this_thread::yield();
  delete p;  // race double_free
}

CASE(reused_blocks) {
  // Allocated, written and freed by threads without an order between them: never a conflict.
  auto churn = [] {
    for (int i = 0; i < 3000; ++i) {
      std::unique_ptr<char[]> p(new char[static_cast<std::size_t>(i % 200 + 1)]);
      p[0] = 1;
      std::vector<int> v(static_cast<std::size_t>(i % 50), i);
      if (i % 100 == 0) v.resize(100000), std::free(std::realloc(std::malloc(10), 3000000));
    }
  };
  std::jthread a(churn), b(churn);
  std::jthread c([=] { if (wrong) ++side; });  // race reused_blocks
  if (wrong) ++side;  // race reused_blocks
}

CASE(realloc_moves) {
  auto* p = static_cast<int*>(std::malloc(40));
  p[0] = 1;
  std::jthread a([&, q = p] {
    if (wrong && q[0] > 4) std::puts("?");  // race realloc_moves
  });
  if (!wrong) a.join();
  p = static_cast<int*>(std::realloc(p, 100000));  // race realloc_moves
  asm volatile("" : : "r"(p) : "memory");  // else it is never moved
  if (a.joinable()) a.join();
  std::free(p);
}

CASE(mapped_again) {
  // Pages given back by one thread and mapped by another have no past.
  const std::size_t size = 1 << 20;
  static int turn;
  auto use = [size](int mine) {
    for (int i = 0; i < 20; ++i) {
      while (__atomic_load_n(&turn, __ATOMIC_RELAXED) % 2 != mine) std::this_thread::yield();
      auto* p = static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
      for (std::size_t k = 0; k < size; k += 4096) p[k] = 1;
      munmap(p, size);
      __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
    }
  };
  both([&] { use(0); }, [&] { use(1); });
  auto* shared = static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  both([&] { shared[1] = 1; }, [&] { shared[2] = 1; });
  if (wrong) both([&] { shared[3] = 1; }, [&] { shared[3] = 2; });  // race mapped_again
  munmap(shared, size);
}

CASE(placement_again) {
  alignas(16) char room[64];
  both([&] { new (room) long(1); }, [&] { new (room + 8) long(2); });
  if (wrong) both([&] { new (room) long(1); }, [&] { new (room) long(2); });  // race placement_again
  if (room[1] == room[9]) return;
}

int main(int argc, char** argv) { return run_case(argc, argv); }
