// All paths through a tree, subtrees in goroutines of their own. A wait group counts the goroutines, and whoever has
// waited for them closes the channel: the reader's loop ends with the last result.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <string>
#include <vector>

constexpr std::size_t levels = 5;
constexpr int spread = 3;
constexpr std::size_t goroutines_from = 2;

void walk(const std::string& path, const gosan::chan<std::string>& results,
          gosan::wait_group& running) {
  if (path.size() == levels) {
    results.send(path);
    return;
  }
  for (int i = 1; i <= spread; ++i) {
    std::string next = path + std::to_string(i);
    if (path.size() == goroutines_from) {
      running.go([next, results, &running] { walk(next, results, running); });
    } else {
      walk(next, results, running);
    }
  }
}

int main() {
  auto results = gosan::make_chan<std::string>(100);
  gosan::wait_group running;
  walk("", results, running);
  gosan::go([results, &running] {
    running.wait();
    results.close();
  });
  std::vector<std::string> found;
  for (std::string path : results) found.push_back(std::move(path));
  std::printf("%zu paths\n", found.size());
  return found.size() == 243 ? 0 : 1;
}
