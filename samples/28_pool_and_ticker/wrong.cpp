// A ticker that is not stopped ticks on for nobody when its loop has ended.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

int main() {
  gosan::ticker every{2ms};  // expect: gosan-ticker-not-stopped
  for (int i = 0; i < 3; ++i) {
    every.chan().recv();
    std::puts("tick");
  }
}
