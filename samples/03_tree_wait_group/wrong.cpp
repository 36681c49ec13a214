// The tree once more, with a wait group that is handed down to everybody and that nobody ever adds to: wait() returns at
// once, and the channel is closed under the hands of the senders.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <string>

constexpr std::size_t levels = 3;
constexpr int spread = 3;
constexpr std::size_t goroutines_from = 2;

void walk(const std::string& path, const gosan::chan<std::string>& results,
          gosan::wait_group& running) {
  if (path.size() == levels) {
    results.send(path);  // expect: send-on-closed, data-race, unhandled-panic
    return;
  }
  for (int i = 1; i <= spread; ++i) {
    std::string next = path + std::to_string(i);
    if (path.size() == goroutines_from) {
      gosan::go([next, results, &running] { walk(next, results, running); });
    } else {
      walk(next, results, running);
    }
  }
}

int main() {
  auto results = gosan::make_chan<std::string>();
  static gosan::wait_group running;
  walk("", results, running);
  gosan::go([results] {
    running.wait();   // expect: gosan-missing-done
    results.close();  // expect: send-on-closed, data-race
  });
  for (const std::string& path : results) std::printf("%s\n", path.c_str());
}
