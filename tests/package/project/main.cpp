#include <cstdio>

#include "counting.hpp"

int main(int argc, char**) {
  int sum = 0;
  for (int n : numbers(5)) sum += n;
  if (argc > 1) sum += *numbers_for_ever().recv();
  std::printf("%d\n", sum);
}
