// Squares computed by several workers and merged into one channel. The reader takes three and leaves: no send listens to
// the context, so everybody upstream is stuck.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <vector>

template <class T, class F>
gosan::recv_chan<T> work(gosan::recv_chan<T> in, F f) {
  auto out = gosan::make_chan<T>();
  gosan::go([in, out, f] {
    for (T value : in) out.send(f(value));  // expect: goroutine-leak
    out.close();
  });
  return out;
}

template <class T>
gosan::recv_chan<T> merge(std::vector<gosan::recv_chan<T>> inputs) {
  auto out = gosan::make_chan<T>();
  for (const auto& in : inputs) {
    gosan::go([in, out] {
      for (T value : in) out.send(value);  // expect: goroutine-leak
    });
  }
  return out;
}

int main() {
  auto numbers = gosan::make_chan<int>(100);
  for (int i = 0; i < 100; ++i) numbers.send(i);
  numbers.close();
  std::vector<gosan::recv_chan<int>> squares;
  for (int i = 0; i < 3; ++i) squares.push_back(work<int>(numbers, [](int n) { return n * n; }));
  auto all = merge(squares);
  for (int i = 0; i < 3; ++i) std::printf("%d\n", *all.recv());
}
