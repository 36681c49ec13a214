// Squares computed by several workers and merged into one channel. Every send and every receive also listens to the
// context; every channel is closed by who sends on it; main leaves when all have.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <vector>

struct stage {
  gosan::context ctx;
  gosan::wait_group& running;
};

// Passes f of everything that comes in on to out, until in is closed or the context ends.
template <class T, class F>
void pump(const gosan::context& ctx, gosan::recv_chan<T> in, gosan::chan<T> out, F f) {
  std::optional<T> value;
  while (gosan::select(gosan::recv_case(in, value), gosan::recv_case(ctx.done())) == 0 && value) {
    if (gosan::select(gosan::send_case(out, f(*value)), gosan::recv_case(ctx.done())) == 1) return;
  }
}

template <class T, class F>
gosan::recv_chan<T> work(const stage& s, gosan::recv_chan<T> in, F f) {
  auto out = gosan::make_chan<T>();
  s.running.go([ctx = s.ctx, in, out, f] {
    gosan::defer close{[out] { out.close(); }};
    pump(ctx, in, out, f);
  });
  return out;
}

template <class T>
gosan::recv_chan<T> merge(const stage& s, std::vector<gosan::recv_chan<T>> inputs) {
  auto out = gosan::make_chan<T>();
  s.running.go([ctx = s.ctx, inputs, out] {
    gosan::wait_group merging;
    for (const auto& in : inputs) {
      merging.go([&ctx, in, out] { pump(ctx, in, out, [](const T& value) { return value; }); });
    }
    merging.wait();
    out.close();
  });
  return out;
}

int main() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::wait_group running;
  stage s{ctx, running};
  auto numbers = gosan::make_chan<int>(100);
  for (int i = 0; i < 100; ++i) numbers.send(i);
  numbers.close();
  std::vector<gosan::recv_chan<int>> squares;
  for (int i = 0; i < 3; ++i) squares.push_back(work<int>(s, numbers, [](int n) { return n * n; }));
  auto all = merge(s, squares);
  for (int i = 0; i < 3; ++i) std::printf("%d\n", *all.recv());
  cancel();
  running.wait();
}
