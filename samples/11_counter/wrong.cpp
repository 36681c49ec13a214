// A thousand goroutines count in one plain variable. Two that read the same value lose a count.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  int counter = 0;
  gosan::wait_group counting;
  for (int i = 0; i < 1000; ++i) {
    counting.go([&counter] {
      ++counter;  // expect: data-race, gosan-shared-capture
    });
  }
  counting.wait();
  std::printf("%d\n", counter);
}
