// A program of its own main(), linked with gosan::main.
#include <cstdio>
#include <cstring>

#include "gosan/go.hpp"

struct at_end {
  ~at_end() { std::puts("static destructor"); }
} object;

int main(int argc, char** argv) {
  if (argc > 1) std::printf("%s is main: %s\n", gosan::this_goroutine::name().c_str(), argv[1]);
  gosan::go([] {
    for (;;) gosan::yield();  // main's return ends it NOLINT(gosan-endless-goroutine)
  });
  gosan::yield();
  return 5;
}
