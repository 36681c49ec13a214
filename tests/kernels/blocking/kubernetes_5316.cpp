// A request with a time limit: when the time is up nobody receives the request's outcome, and its goroutine waits for
// ever. Fixed: the channels have room for it.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_5316 {

namespace buggy {

void finish_request() {
  auto ok = make_chan<int>();
  auto failed = make_chan<std::string>();
  go([ok, failed] {
    sleep_for(2ms);
    if (chance(40)) {
      failed.send("no");
    } else {
      ok.send(1);
    }
  });
  select(recv_case(ok), recv_case(failed), recv_case(after(1ms)));
}

void run() {
  go([] { finish_request(); });
}

}  // namespace buggy

namespace fixed {

void finish_request() {
  auto ok = make_chan<int>(1);
  auto failed = make_chan<std::string>(1);
  go([ok, failed] {
    sleep_for(2ms);
    if (chance(40)) {
      failed.send("no");
    } else {
      ok.send(1);
    }
  });
  select(recv_case(ok), recv_case(failed), recv_case(after(1ms)));
}

void run() {
  go([] { finish_request(); });
}

}  // namespace fixed
}  // namespace kubernetes_5316

GOSAN_KERNEL(kubernetes_5316, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
