#include <cstdio>
#include <string_view>
#include <vector>

#include "cases.hpp"
#include "gosan/gosan.hpp"

namespace gosan::cases {
namespace {
std::vector<entry>& all() {
  static std::vector<entry> v;
  return v;
}
}  // namespace

registration::registration(const char* name, void (*body)()) { all().push_back({name, body}); }

}  // namespace gosan::cases

int main(int argc, char** argv) {
  for (const auto& c : gosan::cases::all())
    if (argc > 1 && std::string_view(argv[1]) == c.name) return gosan::run(c.body);
  std::fprintf(stderr, "no such case\n");
  return 4;
}
