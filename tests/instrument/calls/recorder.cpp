// Defines race/abi.hpp so that a program can ask which bytes were reported. Inlined checks find no shadow memory and call.
#include "recorder.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "race/abi.hpp"
#include "race/shadow_layout.hpp"

namespace {

std::map<std::uintptr_t, char>& seen() {
  static auto* bytes = new std::map<std::uintptr_t, char>;
  return *bytes;
}
bool recording = false;
std::uint64_t depth = 0;
gosan::race::frame_entry frames[1000];

void note(const void* p, std::size_t n, char what) {
  if (!recording) return;
  for (std::size_t i = 0; i != n; ++i) {
    char& known = seen()[reinterpret_cast<std::uintptr_t>(p) + i];
    known = std::max(known, what);  // 'r' < 'w'
  }
}

}  // namespace

extern "C" {

char* __gosan_shadow_root[gosan::race::root_entries];
char* __gosan_states;
thread_local constinit gosan::race::thread_view __gosan_thread{0, frames, frames + 1000, frames, nullptr, nullptr, 0, nullptr};

void recorder_forget() noexcept {
  seen().clear();
  recording = true;
}
bool recorder_saw(const void* p, std::size_t n, char what) noexcept {
  for (std::size_t i = 0; i != n; ++i) {
    auto known = seen().find(reinterpret_cast<std::uintptr_t>(p) + i);
    if ((known == seen().end() ? '-' : known->second) != what) return false;
  }
  return true;
}

void __gosan_module_init(std::uint32_t, const void*) noexcept {}
std::uint64_t __gosan_func_entry(const void*) noexcept { return depth++; }
void __gosan_func_exit(std::uint64_t frame) noexcept { depth = frame; }
void __gosan_func_resume(std::uint64_t frame) noexcept { depth = frame + 1; }

#define RECORD(n)                                                                        \
  void __gosan_read##n(const void* p) noexcept { note(p, n, 'r'); }                      \
  void __gosan_write##n(void* p) noexcept { note(p, n, 'w'); }                           \
  void __gosan_read_write##n(void* p) noexcept { note(p, n, 'w'); }                      \
  void __gosan_unaligned_read##n(const void* p) noexcept { note(p, n, 'r'); }            \
  void __gosan_unaligned_write##n(void* p) noexcept { note(p, n, 'w'); }                 \
  void __gosan_unaligned_read_write##n(void* p) noexcept { note(p, n, 'w'); }            \
  GOSAN_KEEPS_REGISTERS void __gosan_missed_read##n(const void* p) noexcept { note(p, n, 'r'); } \
  GOSAN_KEEPS_REGISTERS void __gosan_missed_write##n(void* p) noexcept { note(p, n, 'w'); }
GOSAN_ACCESS_SIZES(RECORD)

void __gosan_read_range(const void* p, std::size_t n) noexcept { note(p, n, 'r'); }
void __gosan_write_range(void* p, std::size_t n) noexcept { note(p, n, 'w'); }
void __gosan_loop_read(const void* p, std::size_t n, std::size_t) noexcept { note(p, n, 'r'); }
void __gosan_loop_write(void* p, std::size_t n, std::size_t) noexcept { note(p, n, 'w'); }
void __gosan_vptr_write(void** p, void*) noexcept { note(p, 8, 'w'); }
void* __gosan_memcpy(void* to, const void* from, std::size_t n) noexcept {
  note(from, n, 'r');
  note(to, n, 'w');
  return std::memcpy(to, from, n);
}
void* __gosan_memmove(void* to, const void* from, std::size_t n) noexcept {
  note(from, n, 'r');
  note(to, n, 'w');
  return std::memmove(to, from, n);
}
void* __gosan_memset(void* to, int value, std::size_t n) noexcept {
  note(to, n, 'w');
  return std::memset(to, value, n);
}
}
