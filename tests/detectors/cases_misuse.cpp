#include <cstdlib>
#include <stdexcept>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;

GOSAN_CASE(send_on_closed) {
  auto c = make_chan<int>(1);
  c.close();
  try {
    c.send(1);
  } catch (const panic_error&) {
  }
}

GOSAN_CASE(close_of_closed) {
  auto c = make_chan<int>(1);
  c.close();
  try {
    c.close();
  } catch (const panic_error&) {
  }
}

GOSAN_CASE(negative_counter) {
  wait_group wg;
  wg.add(1);
  wg.done();
  try {
    wg.done();
  } catch (const panic_error&) {
  }
}

GOSAN_CASE(unlock_of_unlocked) {
  mutex m;
  m.lock();
  m.unlock();
  try {
    m.unlock();
  } catch (const panic_error&) {
  }
}

GOSAN_CASE(closed_once_and_drained) {
  auto c = make_chan<int>(2);
  c.send(1);
  c.close();
  while (c.recv()) {
  }
}

GOSAN_CASE(panic) {
  go(go_options{.name = "thrower"}, [] { throw std::runtime_error("out of cheese"); });
  make_chan<int>().recv();
}

GOSAN_CASE(exits) { std::exit(5); }
GOSAN_CASE(aborts) { std::abort(); }

extern "C" [[gnu::noinline]] void sends_to_it(chan<int>& c) {
  try {
    c.send(1);
  } catch (const panic_error&) {
  }
  asm volatile("");  // no tail call
}

extern "C" [[gnu::noinline]] void closes_it(chan<int>& c) {
  c.close();
  asm volatile("");
}

// The close wakes a sender that waits: the event of its failed send is the closer's.
GOSAN_CASE(send_on_closed_while_waiting) {
  auto c = make_chan<int>();
  wait_group wg;
  wg.go([c]() mutable { sends_to_it(c); });
  for (int i = 0; i < 3; ++i) yield();
  wg.go([c]() mutable { closes_it(c); });
  wg.wait();
}

GOSAN_CASE(panic_of_a_misuse) {
  auto c = make_chan<int>(1);
  c.close();
  c.send(1);
}
