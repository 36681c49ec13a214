// What instrumented code calls: race/abi.hpp. The check that settles most accesses comes first and takes no lock.
#include "race/abi.hpp"

#include <atomic>
#include <cstring>

#include "events/sink.hpp"
#include "live/detectors.hpp"
#include "live/live.hpp"
#include "race/access.hpp"
#include "race/actors.hpp"
#include "race/caches.hpp"
#include "race/modules.hpp"
#include "race/race.hpp"

namespace gosan::race {
namespace {

std::uintptr_t address(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

template <unsigned bytes>
constexpr byte_mask mask_at(std::uintptr_t a) noexcept {
  return static_cast<byte_mask>(bytes >= 8 ? 0xff : ((1u << bytes) - 1) << (a & 7));
}

// An aligned access of up to 8 bytes lies in one granule, of 16 in two.
template <unsigned bytes, bool write>
[[gnu::always_inline]] inline void aligned(const void* p, void* pc) noexcept {
  const std::uintptr_t a = address(p);
  const std::uint16_t need = need_of(mask_at<bytes>(a), write);
  if (same_epoch(a, need) && (bytes <= 8 || same_epoch(a + 8, need))) [[likely]] return;
  access_aligned<bytes, write ? plain_write : plain_read>(a, address(pc));
}

[[gnu::always_inline]] inline void any(const void* p, std::size_t n, bool write, void* pc, std::size_t each = 0) noexcept {
  access(address(p), n, write ? plain_write : plain_read, address(pc), each);
}

}  // namespace

std::uint64_t instrumented_modules() noexcept { return modules::count(); }

}  // namespace gosan::race

using namespace gosan::race;

#define GOSAN_PC __builtin_return_address(0)

extern "C" {

void __gosan_module_init(std::uint32_t abi, const void* module) noexcept {
  if (abi != gosan_abi_version) version_mismatch(abi);
  at_start();
  const bool first = modules::count() == 0;
  modules::loaded(module);
  if (first) gosan::events::sink::at_start();
}

// Without the race detector nobody tells which goroutine runs here, so no thread may have a call stack: what one of them has pushed, another
// would pop. Then `top` and `limit` stay null, and every entry comes here.
std::uint64_t __gosan_func_entry(const void* call_site) noexcept {
  thread_view& t = __gosan_thread;
  if (t.top == t.limit) [[unlikely]] {
    if (!(gosan::live::detectors_on() & gosan::live::race) || interrupted_in_the_midst()) return static_cast<std::uint64_t>(t.top - t.bottom);
    actors::grow_calls();
  }
  *t.top = {address(call_site), 0, 0};
  return static_cast<std::uint64_t>(t.top++ - t.bottom);
}

void __gosan_func_exit(std::uint64_t frame) noexcept {
  thread_view& t = __gosan_thread;
  t.top = t.bottom + frame;
}

void __gosan_func_resume(std::uint64_t frame) noexcept {
  thread_view& t = __gosan_thread;
  if (t.bottom != t.limit) t.top = t.bottom + frame + 1;
}

#define GOSAN_ACCESS(n)                                                                                          \
  void __gosan_read##n(const void* p) noexcept { aligned<n, false>(p, GOSAN_PC); }                               \
  void __gosan_write##n(void* p) noexcept { aligned<n, true>(p, GOSAN_PC); }                                     \
  /* The read cannot race with anything that the write does not race with. */                                    \
  void __gosan_read_write##n(void* p) noexcept { aligned<n, true>(p, GOSAN_PC); }                                \
  void __gosan_unaligned_read##n(const void* p) noexcept { any(p, n, false, GOSAN_PC); }                         \
  void __gosan_unaligned_write##n(void* p) noexcept { any(p, n, true, GOSAN_PC); }                               \
  void __gosan_unaligned_read_write##n(void* p) noexcept { any(p, n, true, GOSAN_PC); }
GOSAN_ACCESS_SIZES(GOSAN_ACCESS)
#undef GOSAN_ACCESS

void __gosan_read_range(const void* p, std::size_t n) noexcept { any(p, n, false, GOSAN_PC); }
void __gosan_write_range(void* p, std::size_t n) noexcept { any(p, n, true, GOSAN_PC); }

void __gosan_loop_read(const void* p, std::size_t n, std::size_t each) noexcept { any(p, n, false, GOSAN_PC, each); }
void __gosan_loop_write(void* p, std::size_t n, std::size_t each) noexcept { any(p, n, true, GOSAN_PC, each); }

void __gosan_vptr_write(void** p, void* value) noexcept {
  // A destructor of a class without an overrider writes the pointer that is there: not a change.
  if (*p != value) aligned<8, true>(p, GOSAN_PC);
}

void* __gosan_memcpy(void* to, const void* from, std::size_t n) noexcept {
  any(from, n, false, GOSAN_PC);
  any(to, n, true, GOSAN_PC);
  return std::memcpy(to, from, n);
}

void* __gosan_memmove(void* to, const void* from, std::size_t n) noexcept {
  any(from, n, false, GOSAN_PC);
  any(to, n, true, GOSAN_PC);
  return std::memmove(to, from, n);
}

void* __gosan_memset(void* to, int value, std::size_t n) noexcept {
  any(to, n, true, GOSAN_PC);
  return std::memset(to, value, n);
}
}
