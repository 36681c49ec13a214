// Goroutines by the thousand, one after the other on the same stacks and control blocks.
#include <gosan/gosan.hpp>

long shared = 0;

void tree(gosan::chan<long> up, long number, long size) {
  if (size == 1) {
#ifdef WRONG
    if (number < 2) shared = number;  // race
#endif
    return up.send(number);
  }
  auto down = gosan::make_chan<long>(10);
  for (int i = 0; i < 10; ++i) gosan::go(tree, down, number + i * (size / 10), size / 10);
  long sum = 0;
  for (int i = 0; i < 10; ++i) sum += *down.recv();
  up.send(sum);
}

int main() {
  auto result = gosan::make_chan<long>(1);
  gosan::go(tree, result, 0L, 10000L);
  return *result.recv() == 49995000 ? 0 : 1;
}
