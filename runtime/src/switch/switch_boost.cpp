// The context switch of switch.hpp on Boost.Context's fcontext: for architectures that have no routine here, and by the
// build option GOSAN_SWITCH=boost. Slower (it saves the floating-point control words too), the same to the scheduler.
#if defined(GOSAN_SWITCH_BOOST)
#include <boost/context/detail/fcontext.hpp>

#include <cstddef>

#include "switch/switch.hpp"

namespace gosan::rt {
namespace {

namespace fc = boost::context::detail;

// What travels with a jump; it lies on the stack that is left, which stays as it is until somebody jumps back.
struct packet {
  void** from;  // where the one who is resumed stores the context that was suspended
  void* value;
};

void* arrive(fc::transfer_t t) noexcept {
  const packet p = *static_cast<packet*>(t.data);
  *p.from = t.fctx;
  return p.value;
}

// Entered twice: by make_context, which hands over the entry, and by the first switch.
void first_frame(fc::transfer_t t) {
  auto* entry = *static_cast<void (**)(void*)>(t.data);
  entry(arrive(fc::jump_fcontext(t.fctx, nullptr)));
  __builtin_trap();
}

}  // namespace

extern "C" void* gosan_switch(void** from, void* to, void* value) noexcept {
  packet p{from, value};
  return arrive(fc::jump_fcontext(to, &p));
}

void* make_context(void* stack_high, void (*entry)(void*)) noexcept {
  constexpr std::size_t size_nobody_reads = 4096;
  return fc::jump_fcontext(fc::make_fcontext(stack_high, size_nobody_reads, first_frame), &entry).fctx;
}

saved_frame frame_of([[maybe_unused]] const void* context) noexcept {
#if defined(__x86_64__)
  // The layout of Boost 1.74's jump_x86_64_sysv_elf: control words, r12-r15, rbx, rbp, rip.
  const auto* words = static_cast<const std::uintptr_t*>(context);
  return {words[7], words[6]};
#else
  return {};
#endif
}

}  // namespace gosan::rt
#endif
