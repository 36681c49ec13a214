#include "loader/loader.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <vector>

namespace gosan::loader {
namespace {

// The first number of "Debian clang version 19.1.7 (3~deb12u1)", "libLLVM-14.so.1".
std::string number_in(const std::string& text) {
  auto begin =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
  auto end = std::find_if(begin, text.end(), [](unsigned char c) { return !std::isdigit(c); });
  return {begin, end};
}

template <class F>
F named(const char* symbol) {
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, symbol));
}

std::string file_of(const void* address) {
  Dl_info info{};
  return address && dladdr(address, &info) && info.dli_fname ? info.dli_fname : "";
}

std::string folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The major version of LLVM around us; empty when it is none. Clang tells its own; of other
// programs (opt, a linker) libLLVM does, by its C interface since 16, by its file's name before.
std::string host_major() {
  if (auto clang = named<std::string (*)()>("_ZN5clang19getClangFullVersionB5cxx11Ev")) {
    std::string text = clang();
    auto at = text.find("version ");
    return number_in(at == std::string::npos ? text : text.substr(at));
  }
  if (auto version = named<void (*)(unsigned*, unsigned*, unsigned*)>("LLVMGetVersion")) {
    unsigned major = 0;
    version(&major, nullptr, nullptr);
    return std::to_string(major);
  }
  return number_in(last_part(file_of(dlsym(RTLD_DEFAULT, "LLVMContextCreate"))));
}

// The versions that NAME-VERSION.so is there for, as a list to read.
std::string versions_in(const std::string& folder, const std::string& name) {
  std::vector<std::string> found;
  if (DIR* d = opendir(folder.c_str())) {
    while (const dirent* e = readdir(d))
      if (std::string file = e->d_name; file.rfind(name + "-", 0) == 0)
        found.push_back(number_in(file.substr(name.size())));
    closedir(d);
  }
  std::sort(found.begin(), found.end());
  std::string text;
  for (const std::string& one : found) text += (text.empty() ? "" : ", ") + one;
  return text.empty() ? "no version" : text;
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "gosan: %s\n", why.c_str());
  std::fflush(stderr);
  _exit(1);
}

}  // namespace

void* load_for_host(const char* name) {
  std::string own = file_of(reinterpret_cast<const void*>(&load_for_host));
  std::string folder = folder_of(own), major = host_major();
  if (major.empty()) fail(own + " is a plugin of clang and opt, and this program is neither");
  std::string path = folder + "/" + name + "-" + major + ".so";
  if (access(path.c_str(), R_OK) != 0)
    fail(std::string(name) + ".so cannot serve LLVM " + major + ": here it is built for " +
         versions_in(folder, name) +
         ". Use that compiler, or build gosan with -DGOSAN_LLVM_VERSIONS=" + major +
         " (needs the headers of LLVM and Clang " + major + ")");
  void* loaded = dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (!loaded) fail("cannot load " + path + ": " + dlerror());
  return loaded;
}

}  // namespace gosan::loader
