// A client starts the loop that uses its resolver, and then stores the resolver. Fixed: stored before.
#include "../kernel.hpp"

namespace kernels {
namespace assigned_after_start {

struct resolver {
  int addresses = 1;
};

struct client {
  resolver* current = nullptr;

  void loop() {
    if (current) [[maybe_unused]] volatile int seen = current->addresses;
  }
};

namespace buggy {

void run() {
  auto c = make_forever<client>();
  wait_group looping;
  looping.go([c] { c->loop(); });
  c->current = make_forever<resolver>();
  looping.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto c = make_forever<client>();
  wait_group looping;
  c->current = make_forever<resolver>();
  looping.go([c] { c->loop(); });
  looping.wait();
}

}  // namespace fixed
}  // namespace assigned_after_start

GOSAN_KERNEL(assigned_after_start, "Traditional / Order violation", "data-race");
}  // namespace kernels
