// Items worked on by a group of goroutines. The first failure cancels the others through the context, and is what wait()
// throws; who waits for the group closes the results.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

std::string process(const std::string& item) {
  if (item == "broken") throw std::runtime_error("cannot process " + item);
  return item + " processed";
}

// Returns how many items were processed; throws what the first failing one threw.
int process_all(const gosan::context& parent, const std::vector<std::string>& items) {
  auto [group, ctx] = gosan::errgroup::with_context(parent);
  auto results = gosan::make_chan<std::string>(items.size());
  for (const std::string& item : items) {
    group.go([item, results, ctx = ctx] {
      if (!ctx.err()) results.send(process(item));
    });
  }
  gosan::defer close{[results] { results.close(); }};
  group.wait();
  return static_cast<int>(results.len());
}

int main() {
  std::printf("%d items\n", process_all(gosan::context::background(), {"a", "b", "c"}));
  try {
    process_all(gosan::context::background(), {"a", "broken", "c"});
  } catch (const std::runtime_error& e) {
    std::printf("failed: %s\n", e.what());
    return 0;
  }
  return 1;
}
