// The programs of tests/bench/runtime on Boost.Fiber: `peer ROW PROCESSORS` prints
// "ns-per-operation bytes-per-fiber". One processor: round robin; two: work stealing on two
// threads, the library's default. Stacks of 16 KB from a pool. There is no select; and rows of a
// million fibers run with 100,000, which is kind to it: its cost per fiber grows.
#include <unistd.h>

#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bf = boost::fibers;

namespace {

struct result {
  double ns = 0, bytes = 0;
};

template <class F>
result timed(int ops, F body) {
  auto start = std::chrono::steady_clock::now();
  body();
  return {
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() /
          ops,
      0};
}

class group {
 public:
  explicit group(int n) : left_(n) {}
  void done() {
    std::unique_lock<bf::mutex> hold(mu_);
    if (--left_ == 0) cv_.notify_all();
  }
  void wait() {
    std::unique_lock<bf::mutex> hold(mu_);
    cv_.wait(hold, [this] { return left_ == 0; });
  }

 private:
  bf::mutex mu_;
  bf::condition_variable cv_;
  int left_;
};

template <class F>
void start(F f) {
  bf::fiber(bf::launch::post, std::allocator_arg, bf::fixedsize_stack(16384), std::move(f))
      .detach();
}

result spawn(int total, int batch) {
  return timed(total, [=] {
    for (int done = 0; done < total; done += batch) {
      group g(batch);
      for (int i = 0; i < batch; ++i) start([&g] { g.done(); });
      g.wait();
    }
  });
}

result pingpong() {
  constexpr int n = 500000;
  bf::unbuffered_channel<int> ping, pong;
  group g(1);
  start([&] {
    int v;
    while (ping.pop(v) == bf::channel_op_status::success) pong.push(v);
    g.done();
  });
  auto r = timed(n, [&] {
    int v;
    for (int i = 0; i < n; ++i) {
      ping.push(i);
      pong.pop(v);
    }
  });
  ping.close();
  g.wait();
  return r;
}

result buffered(int producers, int consumers) {
  constexpr int n = 4000000;
  bf::buffered_channel<int> c(128);
  group sending(producers), receiving(consumers);
  return timed(n, [&] {
    for (int p = 0; p < producers; ++p)
      start([&] {
        for (int i = 0; i < n / producers; ++i) c.push(i);
        sending.done();
      });
    for (int k = 0; k < consumers; ++k)
      start([&] {
        int v;
        while (c.pop(v) == bf::channel_op_status::success) {
        }
        receiving.done();
      });
    sending.wait();
    c.close();
    receiving.wait();
  });
}

result mutex(int fibers) {
  constexpr int n = 8000000;
  bf::mutex mu;
  volatile long count = 0;
  return timed(n, [&] {
    group g(fibers);
    for (int k = 0; k < fibers; ++k)
      start([&] {
        for (int i = 0; i < n / fibers; ++i) {
          std::lock_guard<bf::mutex> hold(mu);
          count = count + 1;
        }
        g.done();
      });
    g.wait();
  });
}

result yield() {
  constexpr int n = 4000000;
  return timed(n, [] {
    group g(2);
    for (int k = 0; k < 2; ++k)
      start([&] {
        for (int i = 0; i < n / 2; ++i) boost::this_fiber::yield();
        g.done();
      });
    g.wait();
  });
}

result sieve() {
  constexpr int primes = 2000;
  using channel = bf::unbuffered_channel<int>;
  std::vector<std::shared_ptr<channel>> all{std::make_shared<channel>()};
  group ended(primes + 1);
  auto r = timed(primes, [&] {
    start([&ended, out = all[0]] {
      for (int i = 2; out->push(i) == bf::channel_op_status::success; ++i) {
      }
      ended.done();
    });
    for (int i = 0; i < primes; ++i) {
      int prime = 0;
      all.back()->pop(prime);
      auto next = std::make_shared<channel>();
      start([&ended, in = all.back(), next, prime] {
        int v;
        while (in->pop(v) == bf::channel_op_status::success)
          if (v % prime != 0 && next->push(v) != bf::channel_op_status::success) break;
        ended.done();
      });
      all.push_back(next);
    }
  });
  for (auto& c : all) c->close();
  ended.wait();
  return r;
}

using numbers = bf::unbuffered_channel<long>;
void skynet_node(numbers& c, long num, long size) {
  if (size == 1) {
    c.push(num);
    return;
  }
  numbers rc;
  for (int i = 0; i < 10; ++i)
    start([&rc, num, size, i] { skynet_node(rc, num + i * (size / 10), size / 10); });
  long sum = 0, v = 0;
  for (int i = 0; i < 10; ++i) {
    rc.pop(v);
    sum += v;
  }
  c.push(sum);
}

result skynet() {
  constexpr long n = 100000;
  return timed(n, [] {
    numbers c;
    start([&c] { skynet_node(c, 0, n); });
    long sum = 0;
    c.pop(sum);
    if (sum != n / 2 * (n - 1)) std::abort();
  });
}

double resident() {
  long total = 0, pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(f, "%ld %ld", &total, &pages) != 2) std::abort();
  std::fclose(f);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

result park(int n) {
  bf::mutex mu;
  bf::condition_variable cv;
  bool stop = false;
  group parked(n), all(n);
  double before = resident();
  auto r = timed(n, [&] {
    for (int i = 0; i < n; ++i)
      start([&] {
        parked.done();
        {
          std::unique_lock<bf::mutex> hold(mu);
          cv.wait(hold, [&] { return stop; });
        }
        all.done();
      });
    parked.wait();
  });
  r.bytes = (resident() - before) / n;
  {
    std::unique_lock<bf::mutex> hold(mu);
    stop = true;
  }
  cv.notify_all();
  all.wait();
  return r;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::map<std::string, std::function<result()>> rows{
      {"spawn_1m", [] { return spawn(100000, 100000); }},
      {"spawn_batch", [] { return spawn(200000, 1000); }},
      {"pingpong", pingpong},
      {"chan_1p1c", [] { return buffered(1, 1); }},
      {"chan_4p4c", [] { return buffered(4, 4); }},
      {"mutex", [] { return mutex(1); }},
      {"mutex_8g", [] { return mutex(8); }},
      {"yield", yield},
      {"sieve", sieve},
      {"skynet", skynet},
      {"park_100k", [] { return park(100000); }},
      {"park_1m", [] { return park(100000); }},
  };
  auto row = rows.find(argv[1]);
  if (row == rows.end()) return 3;
  int processors = std::atoi(argv[2]);
  result r;
  if (processors == 1) {
    r = row->second();
  } else {
    // The second thread serves until the row is done; the process then ends without unwinding the
    // schedulers.
    std::thread([=] {
      bf::use_scheduling_algorithm<bf::algo::work_stealing>(static_cast<unsigned>(processors));
      bf::mutex mu;
      bf::condition_variable never;
      std::unique_lock<bf::mutex> hold(mu);
      never.wait(hold, [] { return false; });
    }).detach();
    bf::use_scheduling_algorithm<bf::algo::work_stealing>(static_cast<unsigned>(processors));
    r = row->second();
  }
  std::printf("%.3f %.1f\n", r.ns, r.bytes);
  std::fflush(stdout);
  std::_Exit(0);
}
