// Pipes, event counters and sockets order who writes before who reads; the buffer read into is written.
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

int through_pipe, through_counter, through_socket;
char buffer[8];

int main() {
  char byte = 1;
  int ends[2];
  if (pipe(ends)) return 1;
  std::thread piper([&] {
    through_pipe = 1;
    char x = 1;
    if (write(ends[1], &x, 1) != 1) std::perror("write");
  });
  if (read(ends[0], &byte, 1) != 1) return 1;
  through_pipe = 2;
  piper.join();

  const int counter = eventfd(0, 0);
  std::thread adder([&] {
    through_counter = 1;
    unsigned long one = 1;
    if (write(counter, &one, sizeof one) != sizeof one) std::perror("write");
  });
  unsigned long sum = 0;
  if (read(counter, &sum, sizeof sum) != sizeof sum) return 1;
  through_counter = 2;
  adder.join();

  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 1;
  std::thread sender([&] {
    through_socket = 1;
    send(pair[0], "x", 1, 0);
  });
  recv(pair[1], &byte, 1, 0);
  through_socket = 2;
  sender.join();

#ifdef WRONG
  std::thread user([] { buffer[0] = 1; });
  if (write(ends[1], "abc", 3) != 3 || read(ends[0], buffer, 3) != 3) return 1;  // race
  user.join();
#endif
}
