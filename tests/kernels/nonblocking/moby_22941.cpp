// A table of test cases is walked with one loop variable, which the goroutines started on the way read.
// Fixed: each gets a copy.
#include "../kernel.hpp"

#include <array>
#include <string_view>

namespace kernels {
namespace moby_22941 {

using test_case = std::pair<std::string_view, std::string_view>;
constexpr std::array<test_case, 2> cases{{{"input 1\n", "output 1"}, {"input 2\n", "output 2"}}};

struct pipe {
  mutex m;
  std::string content;  // guarded by m

  void write(std::string_view text) {
    std::lock_guard hold(m);
    text.remove_suffix(1);
    content = text;
  }
};

namespace buggy {

void run() {
  auto current = make_forever<test_case>();
  for (const test_case& next : cases) {
    *current = next;
    auto p = make_forever<pipe>();
    go([p, current] { p->write(current->first); });
  }
  sleep_for(10ms);
}

}  // namespace buggy

namespace fixed {

void run() {
  for (const test_case& next : cases) {
    auto p = make_forever<pipe>();
    go([p, current = next] { p->write(current.first); });
  }
  sleep_for(10ms);
}

}  // namespace fixed
}  // namespace moby_22941

GOSAN_KERNEL(moby_22941, "Go-Specific / Anonymous function", "data-race");
}  // namespace kernels
