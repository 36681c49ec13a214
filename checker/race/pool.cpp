#include "race/pool.hpp"

#include <bit>

#include "live/live.hpp"

namespace gosan::race::pool {
namespace {

constexpr unsigned classes = 6;  // 16 << class bytes
constexpr std::size_t largest = 16u << (classes - 1);
constexpr unsigned kept = 64;

struct free_block {
  free_block* next;
};
struct list {
  free_block* first;
  unsigned count;
};
thread_local constinit list lists[classes] __attribute__((tls_model("initial-exec"))) = {};

unsigned class_of(std::size_t n) noexcept { return n <= 16 ? 0 : static_cast<unsigned>(std::bit_width((n - 1) / 16)); }

void give_back(list& l, unsigned c, unsigned how_many) noexcept {
  for (; how_many; --how_many, --l.count) {
    free_block* b = l.first;
    l.first = b->next;
    live::internal_free(b, std::size_t{16} << c);
  }
}

}  // namespace

void* allocate(std::size_t n) noexcept {
  if (n > largest) return live::internal_alloc(n);
  list& l = lists[class_of(n)];
  if (!l.first) return live::internal_alloc(std::size_t{16} << class_of(n));
  free_block* b = l.first;
  l.first = b->next;
  --l.count;
  return b;
}

void release(void* p, std::size_t n) noexcept {
  if (n > largest) return live::internal_free(p, n);
  const unsigned c = class_of(n);
  list& l = lists[c];
  auto* b = static_cast<free_block*>(p);
  b->next = l.first;
  l.first = b;
  if (++l.count == 2 * kept) give_back(l, c, kept);
}

void thread_ended() noexcept {
  for (unsigned c = 0; c < classes; ++c) give_back(lists[c], c, lists[c].count);
}

}  // namespace gosan::race::pool
