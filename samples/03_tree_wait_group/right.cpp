// The tree once more: the wait group is counted up before each goroutine starts and down when it ends, also when it ends
// early; so the channel is closed after the last send.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <string>

constexpr std::size_t levels = 3;
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
      running.add(1);
      gosan::go([next, results, &running] {
        gosan::defer done{[&running] { running.done(); }};
        walk(next, results, running);
      });
    } else {
      walk(next, results, running);
    }
  }
}

int main() {
  auto results = gosan::make_chan<std::string>();
  gosan::wait_group running;
  walk("", results, running);
  gosan::go([results, &running] {
    running.wait();
    results.close();
  });
  int paths = 0;
  for (const std::string& path : results) {
    std::printf("%s\n", path.c_str());
    ++paths;
  }
  return paths == 27 ? 0 : 1;
}
