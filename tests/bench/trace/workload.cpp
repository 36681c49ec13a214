// What is recorded for the figures of run.py: workload WAY N. Prints the nanoseconds it took, on the clock and of processor time.
//
//   skynet     a tree of goroutines, ten children each, N leaves
//   pipeline   N numbers through eight stages of unbuffered channels
//   churn      N rounds of a service: a request over a channel, a lock, an answer, a goroutine that ends, now and then a select
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <gosan/gosan.hpp>
#include <mutex>
#include <string>

namespace {

void node(gosan::chan<long> up, long number, long size) {
  if (size <= 1) return up.send(number);
  auto down = gosan::make_chan<long>(10);
  for (int i = 0; i < 10; ++i) gosan::go(node, down, number + i * (size / 10), size / 10);
  long sum = 0;
  for (int i = 0; i < 10; ++i) sum += *down.recv();
  up.send(sum);
}

void skynet(long leaves) {
  auto result = gosan::make_chan<long>(1);
  gosan::go(node, result, 0L, leaves);
  result.recv();
}

void pipeline(long n) {
  auto first = gosan::make_chan<long>();
  auto in = first;
  for (int stage = 0; stage < 8; ++stage) {
    auto out = gosan::make_chan<long>();
    gosan::go([in, out] {
      for (long v : in) out.send(v);
      out.close();
    });
    in = out;
  }
  gosan::go([first, n] {
    for (long i = 0; i < n; ++i) first.send(i);
    first.close();
  });
  for ([[maybe_unused]] long v : in) {
  }
}

struct service {
  gosan::mutex lock;
  long sum = 0;
};

void serve(gosan::chan<long> requests, gosan::chan<long> answers, gosan::chan<void> stop, service& s) {
  for (;;) {
    std::optional<long> got;
    if (gosan::select(gosan::recv_case(requests, got), gosan::recv_case(stop)) == 1) return;
    {
      const std::lock_guard hold(s.lock);
      s.sum += *got;
    }
    gosan::wait_group done;
    done.go([&] { answers.send(*got); });
    done.wait();
  }
}

void churn(long rounds) {
  service s;
  auto requests = gosan::make_chan<long>(), answers = gosan::make_chan<long>(16);
  auto stop = gosan::make_chan<void>();
  gosan::wait_group servers;
  for (int i = 0; i < 8; ++i) servers.go([&] { serve(requests, answers, stop, s); });
  gosan::go([&] {
    for (long i = 0; i < rounds; ++i) requests.send(i);
  });
  for (long i = 0; i < rounds; ++i) answers.recv();
  stop.close();
  servers.wait();
}

long long cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string way = argc > 2 ? argv[1] : "";
  const long n = argc > 2 ? std::atol(argv[2]) : 0;
  if (n <= 0 || (way != "skynet" && way != "pipeline" && way != "churn")) {
    std::fprintf(stderr, "workload skynet|pipeline|churn N\n");
    return 2;
  }
  const long long cpu_start = cpu_ns();
  const auto start = std::chrono::steady_clock::now();
  way == "skynet" ? skynet(n) : way == "pipeline" ? pipeline(n) : churn(n);
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
  std::printf("%lld %lld\n", static_cast<long long>(took.count()), cpu_ns() - cpu_start);
}
