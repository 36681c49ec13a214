// gosan-c++: completes a clang++ command line and becomes clang++.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "arguments.hpp"

namespace {

namespace fs = std::filesystem;
using gosan::driver::layout;

std::optional<std::string> existing(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return path.string();
  return std::nullopt;
}

// bin/gosan-c++ stands beside include/ and the folder of the libraries, in a build tree as in an installed one.
layout find_layout() {
  std::error_code failed;
  fs::path root = fs::read_symlink("/proc/self/exe", failed).parent_path().parent_path();
  fs::path libraries = root / GOSAN_LIBRARY_DIR;
  if (!fs::exists(libraries / "gosan_pass.so")) libraries = root / "lib";
  const char* compiler = std::getenv("GOSAN_CXX");
  return {.compiler = compiler && *compiler ? compiler : "clang++-19",
          .include_dir = (root / "include").string(),
          .library_dir = libraries.string(),
          .pass = existing(libraries / "gosan_pass.so"),
          .checks = existing(libraries / "gosan_checks.so"),
          .main_library = existing(libraries / "libgosan_main.a")};
}

int fail(const std::string& why) {
  std::fprintf(stderr, "gosan-c++: %s\n", why.c_str());
  return 2;
}

int become(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  return fail("cannot run '" + command[0] + "': " + std::strerror(errno));
}

}  // namespace

int main(int count, char** values) {
  gosan::driver::request request = gosan::driver::parse({values + 1, values + count});
  if (!request.error.empty()) return fail(request.error);
  if (request.help) {
    std::fputs(gosan::driver::help_text, stdout);
    return 0;
  }
  return become(gosan::driver::command_line(request, find_layout()));
}
