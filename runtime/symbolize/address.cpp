#include <link.h>
#include <unistd.h>

#include "symbolize/symbolize.hpp"

namespace gosan::symbolize {
namespace {

struct search {
  std::uintptr_t pc;
  const char* name = nullptr;
  std::uintptr_t bias = 0;
};

int visit(dl_phdr_info* info, std::size_t, void* arg) {
  auto& s = *static_cast<search*>(arg);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    if (s.pc - info->dlpi_addr - segment.p_vaddr >= segment.p_memsz) continue;
    s.name = info->dlpi_name;
    s.bias = info->dlpi_addr;
    return 1;
  }
  return 0;
}

const std::string& executable() {
  static const std::string* path = [] {
    std::string into(4096, '\0');
    const ssize_t n = readlink("/proc/self/exe", into.data(), into.size());
    into.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return new std::string(into);  // never freed: read while static destructors run
  }();
  return *path;
}

}  // namespace

address address_of(std::uintptr_t return_address) {
  search s{.pc = return_address - 1};
  if (return_address == 0 || dl_iterate_phdr(visit, &s) == 0) return {};
  return {*s.name ? std::string(s.name) : executable(), return_address - s.bias};
}

}  // namespace gosan::symbolize
