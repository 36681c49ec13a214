// goroutines: numbers through eight stages of unbuffered channels.
#include <cstdio>
#include <gosan/gosan.hpp>

int main() {
  auto first = gosan::make_chan<long>();
  auto in = first;
  for (int stage = 0; stage < 8; ++stage) {
    auto out = gosan::make_chan<long>();
    gosan::go([in, out, stage] {
      for (long v : in) out.send(v + stage);
      out.close();
    });
    in = out;
  }
  gosan::go([first] {
    for (long i = 0; i < 20000; ++i) first.send(i);
    first.close();
  });
  long sum = 0;
  for (long v : in) sum += v;
  std::printf("%ld\n", sum);
}
