// A hundred orders of 100 ms each, one goroutine per order: about 100 ms for all of them, not ten seconds.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

void process(int) { gosan::sleep_for(100ms); }

int main() {
  auto begin = std::chrono::steady_clock::now();
  gosan::wait_group orders;
  for (int id = 1; id <= 100; ++id) orders.go(process, id);
  orders.wait();
  std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::printf("100 orders in %.0f ms\n", took.count());
}
