// Ten goroutines print the loop variable, which they hold by reference: they see it move on while they read it, and
// those that come late read it after its life.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group printing;
  for (int i = 0; i < 10; ++i) {  // expect: data-race
    printing.go([&i] {            // expect: gosan-closure-capture
      std::printf("%d\n", i);     // expect: data-race
    });
  }
  printing.wait();
}
