// A goroutine waits for an answer on a channel that nobody ever sends on. Once the function has returned nobody can:
// no one else holds the channel.
#include <gosan/gosan.hpp>

#include <cstdio>

void ask() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] {
    std::printf("%d\n", *answer.recv());  // expect: gosan-blocked-send, goroutine-leak
  });
}

int main() { ask(); }
