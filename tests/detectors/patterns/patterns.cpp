#include "pattern.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace patterns {

std::vector<pattern>& all() {
  static auto* v = new std::vector<pattern>;
  return *v;
}

}  // namespace patterns

// patterns                     lists name and kinds, one a line
// patterns NAME wrong|right    runs that form
int main(int argc, char** argv) {
  if (argc < 3) {
    for (const auto& p : patterns::all()) std::printf("%s\t%s\n", p.name, p.kinds);
    return 0;
  }
  for (const auto& p : patterns::all())
    if (!std::strcmp(p.name, argv[1])) return p.run(!std::strcmp(argv[2], "wrong")), 0;
  std::fprintf(stderr, "no pattern '%s'\n", argv[1]);
  return 7;
}
