// What a user's program does, in small; user_builds_test.py builds it in the ways users do.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string>

namespace {

int sum_through_a_channel() {
  auto numbers = gosan::make_chan<int>();
  gosan::go([numbers] {
    for (int i = 0; i < 1000; ++i) numbers.send(i);
    numbers.close();
  });
  int sum = 0;
  for (int n : numbers) sum += n;
  return sum;
}

int catch_across_yields() {
  int caught[10] = {};
  gosan::wait_group all;
  for (int& mine : caught)
    all.go([&mine] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = "thrown " + std::to_string(i);
        try {
          gosan::yield();
          throw std::runtime_error(text);
        } catch (const std::exception&) {
          gosan::yield();  // perhaps on another thread afterwards
          try {
            throw;
          } catch (const std::exception& again) {
            mine += again.what() == text;
          }
        }
      }
    });
  all.wait();
  int sum = 0;
  for (const int n : caught) sum += n;
  return sum;
}

int count_under_a_mutex() {
  gosan::mutex mu;
  int count = 0;
  gosan::wait_group all;
  for (int i = 0; i < 10; ++i)
    all.go([&] {
      for (int k = 0; k < 100; ++k) {
        const std::lock_guard hold(mu);
        ++count;
        if (k % 10 == 0) gosan::yield();
      }
    });
  all.wait();
  return count;
}

int time_out() {
  auto never = gosan::make_chan<int>();
  return gosan::select(gosan::recv_case(never), gosan::recv_case(gosan::after(std::chrono::milliseconds(1))));
}

}  // namespace

int main() {
  return gosan::run([] {
    const int sum = sum_through_a_channel();
    const int caught = catch_across_yields();
    const int locked = count_under_a_mutex();
    std::printf("sum %d caught %d locked %d timeout %d\n", sum, caught, locked, time_out());
  });
}
