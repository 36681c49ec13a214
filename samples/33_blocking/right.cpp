// One processor, and a goroutine in a call that blocks its thread: the processor goes to another thread, the others keep
// running. A wait for the network does not even hold a thread.
#include <gosan/gosan.hpp>

#include <unistd.h>

#include <cstdio>

int main() {
  gosan::gomaxprocs(1);
  int blocked[2], polled[2];
  if (pipe(blocked) != 0 || pipe(polled) != 0) return 1;

  gosan::wait_group all;
  all.go([fd = blocked[0]] {
    char byte = 0;
    ssize_t n = gosan::blocking([&] { return read(fd, &byte, 1); });
    std::printf("the blocking read got %zd byte\n", n);
  });
  all.go([fd = polled[0]] {
    gosan::wait_readable(fd);
    char byte = 0;
    std::printf("the polled read got %zd byte\n", read(fd, &byte, 1));
  });
  // Both readers wait for this goroutine, which shares their only processor.
  all.go([from = blocked[1], to = polled[1]] {
    for (int i = 0; i < 1000; ++i) gosan::yield();
    std::puts("meanwhile, somebody else ran");
    if (write(from, "x", 1) != 1 || write(to, "x", 1) != 1) std::puts("cannot write");
  });
  all.wait();
  for (int fd : {blocked[0], blocked[1], polled[0], polled[1]}) close(fd);
}
