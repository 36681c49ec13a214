// Two goroutines on one processor: concurrent, not parallel. Which of them comes first is the scheduler's business; both
// come, and main waits for both.
#include <gosan/gosan.hpp>

#include <cstdio>

void alphabet(char first) {
  for (int i = 0; i < 26; ++i) std::printf("%c ", first + i);
  std::puts("");
}

int main() {
  gosan::gomaxprocs(1);
  gosan::wait_group letters;
  letters.go(alphabet, 'a');
  letters.go(alphabet, 'A');
  std::puts("waiting");
  letters.wait();
  std::puts("done");
}
