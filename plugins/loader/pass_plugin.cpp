// gosan_pass.so: hands on what the pass of the fitting version says of itself.
#include <dlfcn.h>

#include <cstdint>

#include "loader/loader.hpp"

namespace {

// llvm::PassPluginLibraryInfo, the same in all versions so far; `version` is there for the one that
// changes it.
struct pass_info {
  std::uint32_t version;
  const char* name;
  const char* plugin_version;
  void (*callbacks)(void*);
};

}  // namespace

extern "C" __attribute__((visibility("default"))) pass_info llvmGetPassPluginInfo() {
  void* pass = gosan::loader::load_for_host(GOSAN_PLUGIN_NAME);
  return reinterpret_cast<pass_info (*)()>(dlsym(pass, "llvmGetPassPluginInfo"))();
}
