// live N: parks N goroutines and measures what things cost among them. Prints "row value" lines: bytes per parked goroutine, ns per
// spawn (batches of 1000), per item of a buffered channel, per access in a new epoch and per access in a known one, and for each of the N to
// use what all share and end.
// Row by row the same work as live.go.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <gosan/gosan.hpp>

using namespace gosan;

namespace {

double resident() {
  long total = 0, pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(f, "%ld %ld", &total, &pages) != 2) std::abort();
  std::fclose(f);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

template <class F>
void row(const char* name, long operations, F body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("%s %.1f\n", name, took.count() / static_cast<double>(operations));
}

void spawn_batches(long batches) {
  for (long b = 0; b < batches; ++b) {
    wait_group all;
    for (int i = 0; i < 1000; ++i) all.go([] {});
    all.wait();
  }
}

void pass_items(long n) {
  auto c = make_chan<long>(128);
  wait_group all;
  all.go([c, n] {
    for (long i = 0; i < n; ++i) c.send(i);
  });
  long sum = 0;
  for (long i = 0; i < n; ++i) sum += *c.recv();
  all.wait();
  if (sum != n * (n - 1) / 2) std::abort();
}

// Each turn begins a new epoch, in which one location is written.
void access_after_unlock(mutex& m, long* x, long n) {
  for (long i = 0; i < n; ++i) {
    m.lock();
    x[i & 7] += i;
    m.unlock();
  }
}

__attribute__((noinline)) void access_known(volatile long* x, long n) {
  for (long i = 0; i < n; ++i) x[i & 7] = i;
}

long config = 1;
std::atomic<long> sum{0};

// What all have in common: one reads it, adds to it and takes its lock.
void share(mutex& m) {
  sum += config;
  m.lock();
  m.unlock();
}

}  // namespace

int main(int count, char** words) {
  const long live = count > 1 ? std::atol(words[1]) : 100;
  static mutex m;
  auto stop = make_chan<void>();
  wait_group parked, all;
  parked.add(live);
  const double before = resident();
  row("create_and_park_ns", live, [&] {
    for (long i = 0; i < live; ++i)
      all.go([&parked, stop] {
        parked.done();
        stop.recv();
        share(m);
      });
    parked.wait();
  });
  std::printf("bytes_per_parked %.0f\n", (resident() - before) / static_cast<double>(live));
  row("spawn_ns", 200000, [] { spawn_batches(200); });
  row("buffered_item_ns", 1000000, [] { pass_items(1000000); });
  static long x[8];
  row("lock_access_unlock_ns", 1000000, [] { access_after_unlock(m, x, 1000000); });
  row("known_access_ns", 20000000, [] { access_known(x, 20000000); });
  row("share_and_end_ns", live, [&] {
    stop.close();
    all.wait();
  });
}
