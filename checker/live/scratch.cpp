#include "live/scratch.hpp"

#include "live/live.hpp"

namespace gosan::live {
namespace {

struct chunk {
  chunk* before;
  std::size_t size;
};
chunk* latest = nullptr;
char* bump = nullptr;
char* end = nullptr;

}  // namespace

void* scratch_alloc(std::size_t n) noexcept {
  n = (n + 15) & ~std::size_t{15};
  if (static_cast<std::size_t>(end - bump) < n) {
    const std::size_t size = (n + sizeof(chunk) + (std::size_t{1} << 20) + 4095) & ~std::size_t{4095};
    auto* c = static_cast<chunk*>(map_zeroed(size));
    *c = {latest, size};
    latest = c;
    bump = reinterpret_cast<char*>(c + 1);
    end = reinterpret_cast<char*>(c) + size;
  }
  void* p = bump;
  bump += n;
  return p;
}

void scratch_release_all() noexcept {
  while (chunk* c = latest) {
    latest = c->before;
    unmap(c, c->size);
  }
  bump = end = nullptr;
}

}  // namespace gosan::live
