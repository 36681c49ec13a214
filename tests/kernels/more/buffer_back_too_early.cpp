// A buffer goes back to its pool while a goroutine that was handed it still reads it. Fixed: it goes back after that.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace buffer_back_too_early {

struct buffer {
  std::array<char, 16> bytes{};
};

// A pool of pointers, which may be used by who gave one back.
struct free_list {
  mutex m;
  std::vector<buffer*> free;  // guarded by m

  buffer* get() {
    std::lock_guard hold(m);
    if (free.empty()) return new buffer;
    buffer* b = free.back();
    free.pop_back();
    return b;
  }
  void put(buffer* b) {
    std::lock_guard hold(m);
    free.push_back(b);
  }
};

namespace buggy {

void handle(free_list& list, char c, wait_group& sending) {
  buffer* b = list.get();
  b->bytes.fill(c);
  sending.go([b] { [[maybe_unused]] volatile char first = b->bytes[0]; });
  list.put(b);
}

void run() {
  auto list = make_forever<free_list>();
  auto sending = make_forever<wait_group>();
  for (char c : {'a', 'b'}) handle(*list, c, *sending);
  sending->wait();
}

}  // namespace buggy

namespace fixed {

void handle(free_list& list, char c, wait_group& sending) {
  buffer* b = list.get();
  b->bytes.fill(c);
  sending.go([b, &list] {
    [[maybe_unused]] volatile char first = b->bytes[0];
    list.put(b);
  });
}

void run() {
  auto list = make_forever<free_list>();
  auto sending = make_forever<wait_group>();
  for (char c : {'a', 'b'}) handle(*list, c, *sending);
  sending->wait();
}

}  // namespace fixed
}  // namespace buffer_back_too_early

GOSAN_KERNEL(buffer_back_too_early, "Traditional / Data race", "data-race");
}  // namespace kernels
