// A global interval is set by one test while the send loop of another one's watch stream reads it.
// Fixed: read and written under a lock.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_4876 {

namespace buggy {

std::chrono::nanoseconds progress_interval = 10s;

void send_loop() {
  ticker progress{progress_interval};
  progress.stop();
}

void watch() {
  go([] { send_loop(); });
}

void run() {
  wait_group all;
  all.go([&all] {
    all.go([] { progress_interval = 3s; });
    all.go([] { watch(); });
  });
  all.wait();
}

}  // namespace buggy

namespace fixed {

shared_mutex interval_mutex;
std::chrono::nanoseconds progress_interval = 10s;  // guarded by interval_mutex

std::chrono::nanoseconds interval() {
  std::shared_lock hold(interval_mutex);
  return progress_interval;
}

void set_interval(std::chrono::nanoseconds d) {
  std::lock_guard hold(interval_mutex);
  progress_interval = d;
}

void send_loop() {
  ticker progress{interval()};
  progress.stop();
}

void watch() {
  go([] { send_loop(); });
}

void run() {
  wait_group all;
  all.go([&all] {
    all.go([] { set_interval(3s); });
    all.go([] { watch(); });
  });
  all.wait();
}

}  // namespace fixed
}  // namespace etcd_4876

GOSAN_KERNEL(etcd_4876, "Traditional / Data race", "data-race");
}  // namespace kernels
