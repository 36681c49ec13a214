// A test's logger is used by a goroutine two generations down that nobody waits for; the test has ended by then.
// Fixed: the test waits for it.
#include "../kernel.hpp"

#include <stdexcept>

namespace kernels {
namespace serving_6171 {

// As Go's testing.T: to log after the end is a mistake that panics.
struct test_scope {
  bool ended = false;
  std::string text;

  void log(const std::string& line) {
    if (ended) throw std::logic_error("log in goroutine after the test has completed");
    text += line;
  }
};

namespace buggy {

void reconcile(test_scope* t) {
  go([t] {
    go([t] { t->log("scaled"); });
  });
}

void sub_test() {
  auto t = make_forever<test_scope>();
  reconcile(t);
  t->ended = true;
}

void run() {
  wait_group joined;
  joined.go([] {
    wait_group sub;
    sub.go([] { sub_test(); });
    sub.wait();
  });
  joined.wait();
}

}  // namespace buggy

namespace fixed {

void reconcile(test_scope* t, wait_group& logging) {
  logging.add(1);
  go([t, &logging] {
    go([t, &logging] {
      t->log("scaled");
      logging.done();
    });
  });
}

void sub_test() {
  auto t = make_forever<test_scope>();
  wait_group logging;
  reconcile(t, logging);
  logging.wait();
  t->ended = true;
}

void run() {
  wait_group joined;
  joined.go([] {
    wait_group sub;
    sub.go([] { sub_test(); });
    sub.wait();
  });
  joined.wait();
}

}  // namespace fixed
}  // namespace serving_6171

GOSAN_KERNEL(serving_6171, "Go-Specific / Testing library", "data-race unhandled-panic");
}  // namespace kernels
