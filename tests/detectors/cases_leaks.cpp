#include <memory>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;

GOSAN_CASE(leak_blocked_sends) {
  auto c = make_chan<int>();
  for (int i = 0; i < 3; ++i) go(go_options{.name = "sender"}, [c, i]() mutable { c.send(i); });
  c.recv();
}

GOSAN_CASE(leak_none) {
  auto c = make_chan<int>();
  for (int i = 0; i < 3; ++i) go([c, i]() mutable { c.send(i); });
  for (int i = 0; i < 3; ++i) c.recv();
}

GOSAN_CASE(leak_daemon) {
  auto c = make_chan<int>();
  go_daemon("background", [c]() mutable { c.recv(); });
}

GOSAN_CASE(leak_select) {
  auto a = make_chan<int>();
  auto b = make_chan<int>(1);
  go([a, b]() mutable { select(recv_case(a), recv_case(b)); });
  yield();
}

GOSAN_CASE(all_asleep) {
  auto c = make_chan<int>();
  go([c]() mutable { c.send(1); c.send(2); });
  c.recv();
  wait_group wg;
  wg.add(1);
  wg.wait();
}

namespace {
chan<int> global;
void abandon(bool keep) {
  auto c = make_chan<int>();
  if (keep) global = c;
  go([c]() mutable { c.recv(); });
}
}  // namespace

GOSAN_CASE(leak_proven) {
  abandon(false);
  for (int i = 0; i < 3; ++i) yield();
}

GOSAN_CASE(leak_of_a_global_channel) {
  abandon(true);
  for (int i = 0; i < 3; ++i) yield();
}

GOSAN_CASE(leak_nil_channel) {
  go([] { chan<int>{}.recv(); });
  yield();
}
