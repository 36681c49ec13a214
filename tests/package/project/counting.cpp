#include "counting.hpp"

gosan::recv_chan<int> numbers(int n) {
  auto c = gosan::make_chan<int>();
  gosan::go([c, n] {
    for (int i = 0; i < n; ++i) c.send(i);
    c.close();
  });
  return c;
}

gosan::recv_chan<int> numbers_for_ever() {
  auto c = gosan::make_chan<int>();
  gosan::go([c] {
    for (int i = 0;; ++i) c.send(i);
  });
  return c;
}
