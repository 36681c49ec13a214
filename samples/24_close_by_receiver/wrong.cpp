// The receiver has what it wants and closes the channel. The sender has one more value: it panics, whether it waits
// already or comes later.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    std::printf("%d\n", *numbers.recv());
    numbers.close();  // expect: gosan-receiver-close, send-on-closed, data-race
  });
  numbers.send(1);
  numbers.send(2);  // expect: send-on-closed, data-race, unhandled-panic
}
