#include <cstdio>
#include <thread>
#include <mutex>
#include <shared_mutex>
#include <future>
#include <condition_variable>
#include <vector>
#include <atomic>
#include <barrier>
#include <semaphore>
#include <pthread.h>
int wrong, right_, viacv, viaonce, viaasync, viabar, viajoin, viarw;
std::mutex m; std::condition_variable cv; bool ready; std::once_flag of; std::shared_mutex rw;
static int& stat() { static int s = (viaonce = 7, 3); return s; }
int main() {
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; ++i) ts.emplace_back([&] { std::lock_guard g(m); right_++; });
  for (auto& t : ts) t.join();
  ts.clear();
  viajoin = right_;
  std::thread c([] { std::unique_lock l(m); cv.wait(l, [] { return ready; }); viacv++; });
  viacv = 1;
  { std::lock_guard g(m); ready = true; }
  cv.notify_one();
  c.join();
  viacv++;
  for (int i = 0; i < 3; ++i) ts.emplace_back([] { std::call_once(of, [] { viaonce = 1; }); (void)!viaonce; });
  for (auto& t : ts) t.join();
  ts.clear();
  viaonce = 2;
  for (int i = 0; i < 3; ++i) ts.emplace_back([] { stat(); if (viaonce != 7) std::puts("?"); });
  for (auto& t : ts) t.join();
  ts.clear();
  auto f = std::async(std::launch::async, [] { viaasync = 3; return 4; });
  f.get();
  viaasync++;
  std::barrier b(2);
  pthread_barrier_t pb; pthread_barrier_init(&pb, nullptr, 2);
  std::thread x([&] { viabar = 1; b.arrive_and_wait(); b.arrive_and_wait(); viabar = 3; pthread_barrier_wait(&pb); });
  b.arrive_and_wait(); viabar = 2; b.arrive_and_wait(); pthread_barrier_wait(&pb); viabar = 4; x.join();
  std::thread r1([] { std::shared_lock l(rw); (void)!viarw; });
  { std::unique_lock l(rw); viarw = 1; }
  r1.join();
  std::jthread j([] { viajoin++; }); j.join(); viajoin++;
  std::counting_semaphore<4> sem(0);
  std::thread s([&] { viajoin++; sem.release(); });
  sem.acquire(); viajoin++; s.join();
#ifdef WRONG
  {    std::thread w([] { wrong++; });
    wrong++;  // race
    w.join();
  }
#endif
  std::printf("done\n");
}
