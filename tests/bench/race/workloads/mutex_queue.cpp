// Two producers, two consumers, std::thread, a queue under a std::mutex.
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>

int main() {
  constexpr int items = 200000;
  std::mutex m;
  std::condition_variable ready;
  std::deque<int> queue;
  bool done = false;
  long sums[2] = {};
  auto produce = [&] {
    for (int i = 0; i < items; ++i) {
      { std::lock_guard hold(m); queue.push_back(i); }
      ready.notify_one();
    }
  };
  auto consume = [&](long& sum) {
    for (;;) {
      std::unique_lock hold(m);
      ready.wait(hold, [&] { return done || !queue.empty(); });
      if (queue.empty()) return;
      sum += queue.front();
      queue.pop_front();
    }
  };
  std::thread c1(consume, std::ref(sums[0])), c2(consume, std::ref(sums[1])), p1(produce), p2(produce);
  p1.join(), p2.join();
  { std::lock_guard hold(m); done = true; }
  ready.notify_all();
  c1.join(), c2.join();
  std::printf("%ld\n", sums[0] + sums[1]);
}
