// Two goroutines on two processors: parallel. Their letters mix.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  gosan::gomaxprocs(2);
  gosan::wait_group letters;
  for (char first : {'a', 'A'}) {
    letters.go([first] {
      for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 26; ++i) std::printf("%c ", first + i);
      }
    });
  }
  letters.wait();
  std::puts("");
}
