// main waits for its goroutines, which forget to say that they are done: all are asleep.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group letters;
  letters.add(2);
  for (char first : {'a', 'A'}) {
    gosan::go([first] { std::printf("%c\n", first); });  // expect: gosan-missing-done
  }
  letters.wait();  // expect: deadlock
}
