// A pool is shut down while a producer still submits jobs: it sends on the closed channel.
// Fixed: the producer is waited for, then the jobs, and then the channel is closed.
#include "../kernel.hpp"

namespace kernels {
namespace serving_3068 {

constexpr int submissions = 5;
using job = std::function<void()>;

struct pool {
  chan<job> jobs = make_chan<job>(5);
  wait_group pending;
  once stop;

  void work() {
    for (const job& j : jobs) {
      j();
      pending.done();
    }
  }
  void submit(job j) {
    pending.add(1);
    jobs.send(std::move(j));
  }
};

pool* start() {
  auto p = make_forever<pool>();
  go([p] { p->work(); });
  return p;
}

void produce(pool& p, wait_group& produced, int* count) {
  for (int i = 0; i < submissions; ++i) {
    p.submit([count] { std::atomic_ref(*count).fetch_add(1); });
    sleep_for(10ms);
    produced.done();
  }
}

namespace buggy {

void shut_down(pool* p) {
  p->stop.call([&] {
    p->jobs.close();
    go([p] { p->pending.wait(); });
  });
}

void run() {
  auto p = start();
  auto produced = make_forever<wait_group>();
  auto count = make_forever<int>(0);
  produced->add(submissions);
  go([p, produced, count] { produce(*p, *produced, count); });
  shut_down(p);
  produced->wait();
  [[maybe_unused]] volatile int seen = *count;
}

}  // namespace buggy

namespace fixed {

void shut_down(pool* p) {
  p->stop.call([&] {
    p->pending.wait();
    p->jobs.close();
  });
}

void run() {
  auto p = start();
  auto produced = make_forever<wait_group>();
  auto count = make_forever<int>(0);
  produced->add(submissions);
  go([p, produced, count] { produce(*p, *produced, count); });
  produced->wait();
  shut_down(p);
  [[maybe_unused]] volatile int seen = *count;
}

}  // namespace fixed
}  // namespace serving_3068

GOSAN_KERNEL(serving_3068, "Go-Specific / Misuse channel", "send-on-closed");
}  // namespace kernels
