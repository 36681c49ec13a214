#include "race/memory_kind.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <string>

namespace gosan::race {
namespace {

std::string file_name(const char* path) {
  std::string s = path ? path : "";
  return s.substr(s.rfind('/') + 1);
}

}  // namespace

described_object describe_memory(std::uintptr_t address) {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(address), &info)) return {};
  const auto offset = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  described_object o;
  if (info.dli_sname) o.what = std::string("global ") + info.dli_sname;
  else o.what = "global at " + file_name(info.dli_fname) + "+0x" + [&] {
    char text[20];
    std::snprintf(text, sizeof text, "%zx", offset);
    return std::string(text);
  }();
  return o;
}

}  // namespace gosan::race
