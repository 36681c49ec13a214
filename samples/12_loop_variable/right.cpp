// Ten goroutines print the loop variable, each its own copy of it.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group printing;
  for (int i = 0; i < 10; ++i) {
    printing.go([i] { std::printf("%d\n", i); });
  }
  printing.wait();
}
