// A client is made once, and making it asks for the defaults, which come from the client.
// Fixed: the defaults do not.
#include "../kernel.hpp"

namespace kernels {
namespace once_within_itself {

struct client {
  once made;
  int retries = 0;
};

namespace buggy {

int retries_of(client& c);

int defaults(client& c) { return retries_of(c) + 1; }

int retries_of(client& c) {
  c.made.call([&] { c.retries = defaults(c); });
  return c.retries;
}

void run() {
  auto c = std::make_shared<client>();
  go([c] { retries_of(*c); });
}

}  // namespace buggy

namespace fixed {

int retries_of(client& c) {
  c.made.call([&] { c.retries = 1; });
  return c.retries;
}

void run() {
  auto c = std::make_shared<client>();
  go([c] { retries_of(*c); });
}

}  // namespace fixed
}  // namespace once_within_itself

GOSAN_KERNEL(once_within_itself, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
