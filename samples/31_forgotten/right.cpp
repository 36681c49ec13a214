// Counted, done, and waited for.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::wait_group letters;
  for (char first : {'a', 'A'}) {
    letters.go([first] { std::printf("%c\n", first); });
  }
  letters.wait();
}
