// goroutines: each starts ten more, down to 100,000 leaves that report their number upwards.
#include <cstdio>
#include <gosan/gosan.hpp>

void skynet(gosan::chan<long> up, long number, long size) {
  if (size == 1) return up.send(number);
  auto down = gosan::make_chan<long>(10);
  for (int i = 0; i < 10; ++i) gosan::go(skynet, down, number + i * (size / 10), size / 10);
  long sum = 0;
  for (int i = 0; i < 10; ++i) sum += *down.recv();
  up.send(sum);
}

int main() {
  auto result = gosan::make_chan<long>(1);
  gosan::go(skynet, result, 0L, 100000L);
  std::printf("%ld\n", *result.recv());
}
