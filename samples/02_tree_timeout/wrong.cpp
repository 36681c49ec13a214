// All paths through a tree, subtrees in goroutines of their own. Nobody knows when the last result has arrived, so a
// timer decides: too late for most runs, too early for a path that takes its time.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

constexpr std::size_t levels = 5;
constexpr int spread = 3;
constexpr std::size_t goroutines_from = 2;

// One of them is hard.
void solve(const std::string& path) {
  if (path == "33333") gosan::sleep_for(2s);  // expect: goroutine-leak
}

void walk(const std::string& path, const gosan::chan<std::string>& results) {
  if (path.size() == levels) {
    solve(path);
    results.send(path);
    return;
  }
  for (int i = 1; i <= spread; ++i) {
    std::string next = path + std::to_string(i);
    if (path.size() == goroutines_from) {
      gosan::go([next, results] { walk(next, results); });
    } else {
      walk(next, results);
    }
  }
}

int main() {
  auto results = gosan::make_chan<std::string>(100);
  std::vector<std::string> found;
  walk("", results);
  for (;;) {
    std::optional<std::string> path;
    int which = gosan::select(gosan::recv_case(results, path),  // expect: gosan-unclosed-channel
                              gosan::recv_case(gosan::after(200ms)));  // expect: gosan-after-in-loop
    if (which == 1) break;
    found.push_back(*path);
  }
  std::printf("timed out with %zu paths\n", found.size());
}
