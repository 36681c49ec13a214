#include "switch/sanitizers.hpp"

#include "gosan/detail/spin_lock.hpp"

extern "C" {
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* p, std::size_t n);
[[gnu::weak]] void __lsan_register_root_region(const void* p, std::size_t n);
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_acquire(void* p);
[[gnu::weak]] void __tsan_release(void* p);
}

namespace gosan::rt::sanitizers {

constinit presence present;

void look_up() noexcept {
  // TSan's runtime has the two fiber functions of ASan as well, as no-ops or not at all: each is asked for on its own.
  present.address = __asan_unpoison_memory_region && __sanitizer_start_switch_fiber && __sanitizer_finish_switch_fiber;
  present.thread = __tsan_get_current_fiber && __tsan_switch_to_fiber;
  present.any = present.address || present.thread;
  detail::sanitizer_edges = present.thread;
}

void* make_fiber() noexcept { return present.thread ? __tsan_create_fiber(0) : nullptr; }
void* current_fiber() noexcept { return present.thread ? __tsan_get_current_fiber() : nullptr; }

void drop_fiber(void* fiber) noexcept {
  if (present.thread && fiber) __tsan_destroy_fiber(fiber);
}

void fresh_stack(const void* low, const void* high) noexcept {
  if (present.address)
    __asan_unpoison_memory_region(
        low, static_cast<std::size_t>(static_cast<const char*>(high) - static_cast<const char*>(low)));
}

void leak_roots(const void* p, std::size_t n) noexcept {
  if (__lsan_register_root_region) __lsan_register_root_region(p, n);
}

void acquire(void* p) noexcept {
  if (present.thread) __tsan_acquire(p);
}

void release(void* p) noexcept {
  if (present.thread) __tsan_release(p);
}

}  // namespace gosan::rt::sanitizers

namespace gosan::detail {

constinit bool sanitizer_edges = false;
void sanitizer_acquired(void* p) noexcept { rt::sanitizers::acquire(p); }
void sanitizer_releases(void* p) noexcept { rt::sanitizers::release(p); }

}  // namespace gosan::detail
