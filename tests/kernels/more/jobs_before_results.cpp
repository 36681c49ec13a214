// main sends all jobs before it receives the first result; workers that cannot hand in their result take no job.
// Fixed: the jobs are sent by a goroutine of their own.
#include "../kernel.hpp"

namespace kernels {
namespace jobs_before_results {

constexpr int jobs = 6, workers = 2;

void work(const chan<int>& todo, const chan<int>& done) {
  for (int job : todo) done.send(job * job);
}

namespace buggy {

void run() {
  auto todo = make_chan<int>(), done = make_chan<int>();
  for (int i = 0; i < workers; ++i) {
    go([todo, done] { work(todo, done); });
  }
  for (int i = 0; i < jobs; ++i) todo.send(i);
  todo.close();
  for (int i = 0; i < jobs; ++i) done.recv();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto todo = make_chan<int>(), done = make_chan<int>();
  for (int i = 0; i < workers; ++i) {
    go([todo, done] { work(todo, done); });
  }
  go([todo] {
    for (int i = 0; i < jobs; ++i) todo.send(i);
    todo.close();
  });
  for (int i = 0; i < jobs; ++i) done.recv();
}

}  // namespace fixed
}  // namespace jobs_before_results

GOSAN_KERNEL(jobs_before_results, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
