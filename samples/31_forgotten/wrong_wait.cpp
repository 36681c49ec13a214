// main counts its goroutines and forgets to wait for them: what they had to do is lost.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

gosan::wait_group letters;

int main() {
  for (char first : {'a', 'A'}) {
    letters.add(1);
    gosan::go([first] {        // expect: gosan-unjoined-goroutine
      gosan::sleep_for(2s);    // expect: goroutine-leak
      std::printf("%c\n", first);
      letters.done();
    });
  }
}
