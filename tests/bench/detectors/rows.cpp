// What recording costs with races off. `rows NAME`: prints for each of five rounds the nanoseconds per unit, on the clock and of
// processor time. run.py compares the two links of this program.
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "gosan/gosan.hpp"
#include "gosan/verify.hpp"

using namespace gosan;

namespace {

using clock = std::chrono::steady_clock;

void skynet(send_chan<long> up, long number, long size) {
  if (size == 1) return up.send(number);
  auto c = make_chan<long>();
  for (long i = 0; i < 10; ++i) go(skynet, send_chan<long>(c), number + i * (size / 10), size / 10);
  long sum = 0;
  for (int i = 0; i < 10; ++i) sum += *c.recv();
  up.send(sum);
}

// Per leaf.
long run_skynet() {
  constexpr long leaves = 100000;
  auto c = make_chan<long>();
  go(skynet, send_chan<long>(c), 0L, leaves);
  c.recv();
  return leaves;
}

// Per item and stage: eight stages with buffers of 64.
long run_pipeline() {
  constexpr int stages = 8;
  constexpr long items = 100000;
  auto first = make_chan<long>(64);
  auto last = first;
  for (int s = 0; s < stages; ++s) {
    auto next = make_chan<long>(64);
    go([last, next]() mutable {
      for (long v : last) next.send(v + 1);
      next.close();
    });
    last = next;
  }
  go([first]() mutable {
    for (long i = 0; i < items; ++i) first.send(i);
    first.close();
  });
  long sum = 0;
  for (long v : last) sum += v;
  return sum ? items * (stages + 1) : 1;
}

// Per job: eight workers, jobs and results through buffers of 64, a mutex for the total.
long run_pool() {
  constexpr long jobs = 200000;
  auto work = make_chan<long>(64), results = make_chan<long>(64);
  mutex m;
  long total = 0;
  wait_group wg;
  for (int i = 0; i < 8; ++i)
    wg.go([&, work, results]() mutable {
      for (long v : work) {
        m.lock();
        total += v;
        m.unlock();
        results.send(v);
      }
    });
  go([work]() mutable {
    for (long i = 0; i < jobs; ++i) work.send(i);
    work.close();
  });
  for (long i = 0; i < jobs; ++i) results.recv();
  wg.wait();
  return jobs;
}

// Per item through a buffer, nobody waiting.
long run_buffered() {
  constexpr long items = 4000000;
  auto c = make_chan<long>(64);
  for (long i = 0; i < items; i += 64) {
    for (int k = 0; k < 64; ++k) c.send(k);
    for (int k = 0; k < 64; ++k) c.recv();
  }
  return items;
}

// Per lock and unlock.
long run_lock() {
  constexpr long rounds = 4000000;
  mutex m;
  for (long i = 0; i < rounds; ++i) {
    m.lock();
    m.unlock();
  }
  return rounds;
}

const std::map<std::string, long (*)()> rows{
    {"skynet", run_skynet}, {"pipeline", run_pipeline}, {"pool", run_pool}, {"buffered", run_buffered}, {"lock", run_lock}};

double cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double ns_since(clock::time_point t) { return std::chrono::duration<double, std::nano>(clock::now() - t).count(); }

constexpr int parked = 100000;
std::atomic<int> begun_to_wait{0};

// Returns their channel when it is to be kept. A function of its own: its dead variables are not in a frame that lives on.
[[gnu::noinline]] chan<int> start_parked(bool reachable) {
  auto c = make_chan<int>();
  for (int i = 0; i < parked; ++i) go([c]() mutable { ++begun_to_wait, c.recv(); });
  return reachable ? c : chan<int>();
}

// Milliseconds of a check with 100,000 parked goroutines, of which none or all can be woken.
void check_parked(bool reachable) {
  const int procs = gomaxprocs(1);  // whoever begins then waits before main goes on
  const chan<int> kept = start_parked(reachable);
  while (begun_to_wait < parked) yield();
  gomaxprocs(procs);
  leak_options now;
  now.settle = std::chrono::milliseconds(0);
  now.proven_only = true;
  for (int i = 0; i < 3; ++i) {
    const auto begun = clock::now();
    const double cpu_begun = cpu_ns();
    const std::size_t found = leaks(now).size();
    std::printf("%.1f ms, %.1f of processor time, %zu findings\n", ns_since(begun) / 1e6, (cpu_ns() - cpu_begun) / 1e6, found);
  }
  std::fflush(stdout);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  return run([&] {
    if (name == "parked_dead") check_parked(false);
    if (name == "parked_reachable") check_parked(true);
    const auto row = rows.find(name);
    if (row == rows.end()) std::fprintf(stderr, "no row '%s'\n", name.c_str()), std::exit(2);
    for (int i = 0; i < 5; ++i) {
      const auto begun = clock::now();
      const double cpu_begun = cpu_ns();
      const auto units = static_cast<double>(row->second());
      std::printf("%.2f %.2f\n", ns_since(begun) / units, (cpu_ns() - cpu_begun) / units);
    }
    std::fflush(stdout);
    std::_Exit(0);
  });
}
