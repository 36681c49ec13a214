// kernels NAME buggy|fixed   runs one form of one kernel as the main goroutine
// kernels --list             name, class and kinds of each, separated by tabs
#include "kernel.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>

namespace kernels {

std::vector<kernel>& all() {
  static auto& kernels = *new std::vector<kernel>;  // goroutines may outlive the static objects
  return kernels;
}

bool chance(int percent) {
  std::random_device world;
  return static_cast<int>(world() % 100) < percent;
}

namespace {

int usage() {
  std::fputs("usage: kernels NAME buggy|fixed, or kernels --list\n", stderr);
  return 2;
}

int list() {
  for (const kernel& k : all()) std::printf("%s\t%s\t%s\n", k.name, k.bug_class, k.kinds);
  return 0;
}

}  // namespace
}  // namespace kernels

int main(int argc, char** argv) {
  using namespace kernels;
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return list();
  if (argc != 3) return usage();
  auto found = std::ranges::find_if(all(), [&](const kernel& k) { return std::strcmp(k.name, argv[1]) == 0; });
  bool buggy = std::strcmp(argv[2], "buggy") == 0;
  if (found == all().end() || (!buggy && std::strcmp(argv[2], "fixed") != 0)) return usage();
  (buggy ? found->buggy : found->fixed)();
  return 0;
}
