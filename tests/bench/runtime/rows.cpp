// The rows of the table of run.py for this runtime. Each is one Google Benchmark of one iteration
// that does a fixed amount of work (the peers do the same, see peers/): ns_per_op is the result,
// bytes the resident memory per parked goroutine. The number of processors comes from
// GOSAN_OPTIONS.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "gosan/gosan.hpp"

namespace {

using gosan::chan;
using gosan::make_chan;
using gosan::recv_case;
using gosan::select;
using gosan::wait_group;

template <class F>
void timed(benchmark::State& state, int ops, F body) {
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    body();
    auto taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start);
    state.SetIterationTime(taken.count());
    state.counters["ns_per_op"] = taken.count() * 1e9 / ops;
  }
}

void spawn(benchmark::State& state, int total, int batch) {
  timed(state, total, [=] {
    for (int done = 0; done < total; done += batch) {
      wait_group wg;
      for (int i = 0; i < batch; ++i) wg.go([] {});
      wg.wait();
    }
  });
}

void pingpong(benchmark::State& state) {
  constexpr int n = 500000;
  auto ping = make_chan<int>(), pong = make_chan<int>();
  gosan::go([=] {
    for (int v : ping) pong.send(v);
    pong.close();
  });
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i) {
      ping.send(i);
      pong.recv();
    }
  });
  ping.close();
  pong.recv();
}

void buffered(benchmark::State& state, int producers, int consumers) {
  constexpr int n = 4000000;
  auto c = make_chan<int>(128);
  wait_group sending, receiving;
  timed(state, n, [&] {
    for (int p = 0; p < producers; ++p)
      sending.go([c, producers] {
        for (int i = 0; i < n / producers; ++i) c.send(i);
      });
    for (int r = 0; r < consumers; ++r)
      receiving.go([c] {
        for (int v : c) benchmark::DoNotOptimize(v);
      });
    sending.wait();
    c.close();
    receiving.wait();
  });
}

void select2_ready(benchmark::State& state) {
  constexpr int n = 1000000;
  auto full = make_chan<int>(n), empty = make_chan<int>();
  for (int i = 0; i < n; ++i) full.send(i);
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i) select(recv_case(full), recv_case(empty));
  });
}

void select8_ready(benchmark::State& state) {
  constexpr int n = 1000000;
  auto full = make_chan<int>(n);
  std::array<chan<int>, 7> e;
  for (auto& c : e) c = make_chan<int>();
  for (int i = 0; i < n; ++i) full.send(i);
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i)
      select(recv_case(e[0]), recv_case(e[1]), recv_case(e[2]), recv_case(full), recv_case(e[3]),
             recv_case(e[4]), recv_case(e[5]), recv_case(e[6]));
  });
}

void select_default(benchmark::State& state) {
  constexpr int n = 10000000;
  auto a = make_chan<int>(), b = make_chan<int>();
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i) select(recv_case(a), recv_case(b), gosan::default_case());
  });
}

void select2_block(benchmark::State& state) {
  constexpr int n = 500000;
  auto a = make_chan<int>(), b = make_chan<int>();
  gosan::go([=] {
    for (int i = 0; i < n; ++i) (i % 2 == 0 ? a : b).send(i);
  });
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i) select(recv_case(a), recv_case(b));
  });
}

void select8_block(benchmark::State& state) {
  constexpr int n = 500000;
  std::array<chan<int>, 8> c;
  for (auto& x : c) x = make_chan<int>();
  gosan::go([=] {
    for (std::size_t i = 0; i < n; ++i) c[i % 8].send(static_cast<int>(i));
  });
  timed(state, n, [&] {
    for (int i = 0; i < n; ++i)
      select(recv_case(c[0]), recv_case(c[1]), recv_case(c[2]), recv_case(c[3]), recv_case(c[4]),
             recv_case(c[5]), recv_case(c[6]), recv_case(c[7]));
  });
}

void mutex(benchmark::State& state, int goroutines) {
  constexpr int n = 8000000;
  gosan::mutex mu;
  long count = 0;
  timed(state, n, [&] {
    wait_group wg;
    for (int g = 0; g < goroutines; ++g)
      wg.go([&] {
        for (int i = 0; i < n / goroutines; ++i) {
          std::lock_guard hold(mu);
          benchmark::DoNotOptimize(++count);
        }
      });
    wg.wait();
  });
}

void yield(benchmark::State& state) {
  constexpr int n = 4000000;
  timed(state, n, [&] {
    wait_group wg;
    for (int g = 0; g < 2; ++g)
      wg.go([] {
        for (int i = 0; i < n / 2; ++i) gosan::yield();
      });
    wg.wait();
  });
}

// The filters are left waiting: the process ends.
void sieve(benchmark::State& state) {
  constexpr int primes = 2000;
  timed(state, primes, [] {
    auto c = make_chan<int>();
    gosan::go([c] {
      for (int i = 2;; ++i) c.send(i);
    });
    for (int i = 0; i < primes; ++i) {
      int prime = *c.recv();
      auto next = make_chan<int>();
      gosan::go([in = c, out = next, prime] {
        for (;;)
          if (int v = *in.recv(); v % prime != 0) out.send(v);
      });
      c = next;
    }
  });
}

void skynet_node(const chan<long>& c, long num, long size) {
  if (size == 1) return c.send(num);
  auto rc = make_chan<long>();
  for (int i = 0; i < 10; ++i)
    gosan::go([rc, num, size, i] { skynet_node(rc, num + i * (size / 10), size / 10); });
  long sum = 0;
  for (int i = 0; i < 10; ++i) sum += *rc.recv();
  c.send(sum);
}

void skynet(benchmark::State& state) {
  constexpr long n = 1000000;
  timed(state, n, [] {
    auto c = make_chan<long>();
    gosan::go([c] { skynet_node(c, 0, n); });
    if (*c.recv() != n / 2 * (n - 1)) std::abort();
  });
}

double resident() {
  long total = 0, pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(f, "%ld %ld", &total, &pages) != 2) std::abort();
  std::fclose(f);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void park(benchmark::State& state, int n) {
  auto stop = make_chan<void>();
  wait_group parked, all;
  double before = resident();
  timed(state, n, [&] {
    parked.add(n);
    for (int i = 0; i < n; ++i)
      all.go([&parked, stop] {
        parked.done();
        stop.recv();
      });
    parked.wait();
  });
  state.counters["bytes"] = (resident() - before) / n;
  stop.close();
  all.wait();
}

// The same operations while n goroutines are parked: what an operation costs must not grow with
// their number.
template <class F>
void among(benchmark::State& state, int n, F row) {
  auto stop = make_chan<void>();
  wait_group parked, all;
  parked.add(n);
  for (int i = 0; i < n; ++i)
    all.go([&parked, stop] {
      parked.done();
      stop.recv();
    });
  parked.wait();
  row(state);
  stop.close();
  all.wait();
}

#define ROW(name, ...) BENCHMARK_CAPTURE(__VA_ARGS__)->Name(#name)->Iterations(1)->UseManualTime()
#define PLAIN(name) BENCHMARK(name)->Name(#name)->Iterations(1)->UseManualTime()

ROW(spawn_1m, spawn, one, 1000000, 1000000);
ROW(spawn_batch, spawn, batch, 1000000, 1000);
PLAIN(pingpong);
ROW(chan_1p1c, buffered, one, 1, 1);
ROW(chan_4p4c, buffered, four, 4, 4);
PLAIN(select2_ready);
PLAIN(select8_ready);
PLAIN(select_default);
PLAIN(select2_block);
PLAIN(select8_block);
ROW(mutex, mutex, one, 1);
ROW(mutex_8g, mutex, eight, 8);
PLAIN(yield);
PLAIN(sieve);
PLAIN(skynet);
void batches(benchmark::State& state) { spawn(state, 1000000, 1000); }
ROW(pingpong_live_1k, among, pingpong_1k, 1000, pingpong);
ROW(pingpong_live, among, pingpong, 1000000, pingpong);
ROW(select2_live_1k, among, select_1k, 1000, select2_block);
ROW(select2_live, among, select, 1000000, select2_block);
ROW(spawn_live_1k, among, spawn_1k, 1000, batches);
ROW(spawn_live, among, spawn, 1000000, batches);
ROW(park_100k, park, few, 100000);
ROW(park_1m, park, many, 1000000);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return gosan::run([] { benchmark::RunSpecifiedBenchmarks(); });
}
