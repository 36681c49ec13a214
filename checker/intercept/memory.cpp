// malloc and its family, operator new and delete. A free is a write of the whole block by who frees it: an access by another
// goroutine that is not ordered with it is a race, and so are two frees. A new block has no past.
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "intercept/heap.hpp"
#include "race/access.hpp"
#include "race/atomics.hpp"
#include "race/race.hpp"
#include "race/states.hpp"

namespace gosan::intercept {
namespace {

constexpr std::size_t usual_align = 16;

[[noreturn]] void stop(const char* what, const char* more) noexcept {
  for (const char* text : {"gosan: ", what, more, "\n"}) [[maybe_unused]] auto n = write(2, text, std::strlen(text));
  std::abort();
}

// The block's place in the context tree; looked up only where a goroutine or thread of the program runs.
std::uint32_t site(void* pc) noexcept {
  return __gosan_thread.actor && !__gosan_thread.ignore ? race::site_of(reinterpret_cast<std::uintptr_t>(pc)) : 0;
}

void* allocate(std::size_t n, std::size_t align, void* pc) noexcept {
  void* p = heap::allocate(n, align, site(pc));
  if (!p) {
    errno = ENOMEM;
    return nullptr;
  }
  race::memory_fresh(p, (n + 7) & ~std::size_t{7});
  return p;
}

void release(void* p, void* pc) noexcept {
  if (!p) return;
  // First, so that a free of what another has freed is reported with both places. The runtime's own frees are nobody's.
  if (__gosan_thread.actor) {
    heap_block block{reinterpret_cast<std::uintptr_t>(p), 1};
    block_of(p, block);
    race::access(block.start, block.size, race::freed, reinterpret_cast<std::uintptr_t>(pc));
  }
  // A lock of the system's threads needs no destructor: with its memory it is gone.
  else if (race::any_objects() && !race::states::started()) {
    heap_block block;
    if (block_of(p, block)) race::forget_atomics(block.start, block.size);
  }
  switch (heap::release(p)) {
    case heap::outcome::freed: return;
    case heap::outcome::freed_before: stop("double free", "");
    case heap::outcome::not_a_block: stop("free of a pointer that malloc did not return", "");
  }
}

void* reallocate(void* p, std::size_t n, void* pc) noexcept {
  if (!p) return allocate(n, usual_align, pc);
  if (n == 0) {
    release(p, pc);
    return nullptr;
  }
  const std::size_t old = heap::size_of(p);
  if (heap::resize(p, n)) {
    // A write of the whole block, as if it had moved.
    if (__gosan_thread.actor)
      race::access(reinterpret_cast<std::uintptr_t>(p), old < n ? old : n, race::plain_write,
                   reinterpret_cast<std::uintptr_t>(pc));
    if (n > old) race::memory_fresh(static_cast<char*>(p) + old, n - old);
    return p;
  }
  void* moved = allocate(n, usual_align, pc);
  if (!moved) return nullptr;
  std::memcpy(moved, p, old < n ? old : n);
  release(p, pc);
  return moved;
}

void* zeroed(std::size_t count, std::size_t size, void* pc) noexcept {
  std::size_t n;
  if (__builtin_mul_overflow(count, size, &n)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* p = allocate(n, usual_align, pc);
  if (p && !heap::known_zero(p)) std::memset(p, 0, n);
  return p;
}

// As operator new does: asks the new-handler until there is memory or it gives up.
void* allocate_or_throw(std::size_t n, std::size_t align, void* pc) {
  for (;;) {
    if (void* p = allocate(n, align, pc)) return p;
    std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

bool power_of_two(std::size_t n) noexcept { return n && !(n & (n - 1)); }

[[gnu::constructor]] void at_load() noexcept { pthread_atfork(heap::before_fork, heap::after_fork, heap::after_fork); }

}  // namespace

bool tracks_all_blocks() noexcept { return reinterpret_cast<void*>(&::malloc) != nullptr && [] {
  void* probe = ::malloc(1);
  heap_block block;
  const bool ours = block_of(probe, block);
  ::free(probe);
  return ours;
}(); }

}  // namespace gosan::intercept

using namespace gosan::intercept;

#define GOSAN_PC __builtin_return_address(0)

extern "C" {
void* malloc(std::size_t n) noexcept { return allocate(n, usual_align, GOSAN_PC); }
void* calloc(std::size_t count, std::size_t size) noexcept { return zeroed(count, size, GOSAN_PC); }
void* realloc(void* p, std::size_t n) noexcept { return reallocate(p, n, GOSAN_PC); }
void* reallocarray(void* p, std::size_t count, std::size_t size) noexcept {
  std::size_t n;
  if (!__builtin_mul_overflow(count, size, &n)) return reallocate(p, n, GOSAN_PC);
  errno = ENOMEM;
  return nullptr;
}
void free(void* p) noexcept { release(p, GOSAN_PC); }
void cfree(void* p) noexcept { release(p, GOSAN_PC); }
void* memalign(std::size_t align, std::size_t n) noexcept { return allocate(n, align, GOSAN_PC); }
void* aligned_alloc(std::size_t align, std::size_t n) noexcept { return allocate(n, align, GOSAN_PC); }
int posix_memalign(void** into, std::size_t align, std::size_t n) noexcept {
  if (!power_of_two(align) || align % sizeof(void*)) return EINVAL;
  const int saved = errno;
  void* p = allocate(n, align, GOSAN_PC);
  errno = saved;
  if (!p) return ENOMEM;
  *into = p;
  return 0;
}
void* valloc(std::size_t n) noexcept { return allocate(n, 4096, GOSAN_PC); }
void* pvalloc(std::size_t n) noexcept { return allocate((n + 4095) & ~std::size_t{4095}, 4096, GOSAN_PC); }
std::size_t malloc_usable_size(void* p) noexcept { return p ? heap::size_of(p) : 0; }
}

void* operator new(std::size_t n) { return allocate_or_throw(n, usual_align, GOSAN_PC); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, usual_align, GOSAN_PC); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual_align, GOSAN_PC); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual_align, GOSAN_PC); }
void* operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, std::size_t(a), GOSAN_PC); }
void* operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, std::size_t(a), GOSAN_PC); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept { return allocate(n, std::size_t(a), GOSAN_PC); }
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept { return allocate(n, std::size_t(a), GOSAN_PC); }
void operator delete(void* p) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p) noexcept { release(p, GOSAN_PC); }
void operator delete(void* p, std::size_t) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p, std::size_t) noexcept { release(p, GOSAN_PC); }
void operator delete(void* p, std::align_val_t) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p, GOSAN_PC); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p, GOSAN_PC); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p, GOSAN_PC); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p, GOSAN_PC); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { release(p, GOSAN_PC); }
