// Return addresses as frames: the module and the offset in it, which is what a symbolizer needs later, also in another process.
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include "live/live.hpp"

namespace gosan::live {
namespace {

std::string executable() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  return n > 0 ? std::string(path, static_cast<std::size_t>(n)) : std::string{};
}

struct search {
  std::uintptr_t pc;
  frame* into;
};

int visit(dl_phdr_info* info, std::size_t, void* arg) {
  auto& s = *static_cast<search*>(arg);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || s.pc < start || s.pc >= start + segment.p_memsz) continue;
    s.into->module = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : executable();
    s.into->offset = s.pc - info->dlpi_addr;
    return 1;
  }
  return 0;
}

}  // namespace

call_stack frames_of(std::span<const std::uintptr_t> pcs) {
  call_stack frames;
  frames.reserve(pcs.size());
  for (std::uintptr_t pc : pcs) {
    frame& f = frames.emplace_back();
    f.pc = pc;
    search s{pc, &f};
    dl_iterate_phdr(visit, &s);
  }
  return frames;
}

call_stack frames_of(events::stack_id id) { return frames_of(stack_of(id)); }

}  // namespace gosan::live
