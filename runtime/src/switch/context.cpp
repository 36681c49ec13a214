// Contexts as the assembly routines beside this file leave them.
#if !defined(GOSAN_SWITCH_BOOST)
#include <cstring>

#include "switch/switch.hpp"

namespace gosan::rt {

extern "C" void gosan_first_frame() noexcept;

namespace {

// What gosan_switch leaves on the stack, lowest address first.
#if defined(__x86_64__)
struct frame_layout {
  std::uintptr_t r15, r14, r13, r12, rbx, rbp, rip;
};
constexpr std::uintptr_t frame_layout::* pc_slot = &frame_layout::rip;
constexpr std::uintptr_t frame_layout::* fp_slot = &frame_layout::rbp;
constexpr std::uintptr_t frame_layout::* entry_slot = &frame_layout::r12;
#elif defined(__aarch64__)
struct frame_layout {
  std::uintptr_t x29, x30, x19, x20, others[16];
};
constexpr std::uintptr_t frame_layout::* pc_slot = &frame_layout::x30;
constexpr std::uintptr_t frame_layout::* fp_slot = &frame_layout::x29;
constexpr std::uintptr_t frame_layout::* entry_slot = &frame_layout::x19;
#else
#error "no context switch for this architecture: configure with -DGOSAN_SWITCH=boost"
#endif

}  // namespace

void* make_context(void* stack_high, void (*entry)(void*)) noexcept {
  // 16 bytes above the frame stay free and zero: a walk by frame pointers that oversteps reads zero.
  auto top = (reinterpret_cast<std::uintptr_t>(stack_high) & ~std::uintptr_t{15}) - 16;
  std::memset(reinterpret_cast<void*>(top), 0, 16);
  auto* frame = reinterpret_cast<frame_layout*>(top - sizeof(frame_layout));
  *frame = {};
  frame->*pc_slot = reinterpret_cast<std::uintptr_t>(&gosan_first_frame);
  frame->*entry_slot = reinterpret_cast<std::uintptr_t>(entry);
  return frame;
}

saved_frame frame_of(const void* context) noexcept {
  const auto* frame = static_cast<const frame_layout*>(context);
  return {frame->*pc_slot, frame->*fp_slot};
}

}  // namespace gosan::rt

#endif
