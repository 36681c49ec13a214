// The sender closes, after its last value; the receiver says on a channel of its own that it wants no more.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  auto numbers = gosan::make_chan<int>();
  auto enough = gosan::make_chan<void>();
  gosan::wait_group sending;
  sending.go([numbers, enough] {
    gosan::defer close{[numbers] { numbers.close(); }};
    for (int i = 1; gosan::select(gosan::send_case(numbers, i), gosan::recv_case(enough)) == 0;) ++i;
  });
  std::printf("%d\n", *numbers.recv());
  enough.close();
  sending.wait();
}
