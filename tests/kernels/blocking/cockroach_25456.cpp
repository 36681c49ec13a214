// A check waits for the stopper to quiesce, which nobody ever makes it do. Fixed: it looks, and does not wait.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_25456 {

struct stopper {
  chan<void> quiescing = make_chan<void>();
};

namespace buggy {

void check_consistency(const stopper& s) { s.quiescing.recv(); }

void run() {
  stopper s;
  for (int i = 0; i < 2; ++i) check_consistency(s);
}

}  // namespace buggy

namespace fixed {

void check_consistency(const stopper& s) { select(recv_case(s.quiescing), default_case()); }

void run() {
  stopper s;
  for (int i = 0; i < 2; ++i) check_consistency(s);
}

}  // namespace fixed
}  // namespace cockroach_25456

GOSAN_KERNEL(cockroach_25456, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
