// A question goes to three replicas; whoever asked takes the first answer, and the others have nobody to give theirs to.
// Fixed: there is room for all answers.
#include "../kernel.hpp"

namespace kernels {
namespace first_answer_wins {

namespace buggy {

int ask() {
  auto answers = make_chan<int>();
  for (int replica = 0; replica < 3; ++replica) {
    go([answers, replica] { answers.send(replica); });
  }
  return *answers.recv();
}

void run() { ask(); }

}  // namespace buggy

namespace fixed {

int ask() {
  auto answers = make_chan<int>(3);
  for (int replica = 0; replica < 3; ++replica) {
    go([answers, replica] { answers.send(replica); });
  }
  return *answers.recv();
}

void run() { ask(); }

}  // namespace fixed
}  // namespace first_answer_wins

GOSAN_KERNEL(first_answer_wins, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
