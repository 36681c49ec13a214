// A command with a time limit: when the time is up it is killed, and its output and exit code are read while the copier
// and the waiter still write them; and the waiter's message is never received.
// Fixed: after the kill, the waiter's message is received first.
#include "cells.hpp"

namespace kernels {
namespace moby_18412 {

struct command {
  chan<char> pipe = make_chan<char>();
  chan<void> kill = make_chan<void>();
  chan<void> copied = make_chan<void>();
  chan<void> done = make_chan<void>();
  list_cell<char> output;
  int exit_code = -1;

  // The child: writes, works for a while unless it is killed, and is gone.
  void child() {
    pipe.send('a');
    select(recv_case(after(1ms)), recv_case(kill));
    pipe.send('b');
    pipe.close();
  }
  void copy() {
    for (char c : pipe) output.push(c);
    copied.close();
  }
  void wait() {
    copied.recv();
    exit_code = 0;
    done.send();
  }
};

command* start() {
  auto c = make_forever<command>();
  go([c] { c->child(); });
  go([c] { c->copy(); });
  go([c] { c->wait(); });
  return c;
}

namespace buggy {

int run_with_limit() {
  auto c = start();
  if (select(recv_case(after(1ms)), recv_case(c->done)) == 0) c->kill.close();
  return c->output.size() > 0 ? c->exit_code : -1;
}

void run() { [[maybe_unused]] volatile int status = run_with_limit(); }

}  // namespace buggy

namespace fixed {

int run_with_limit() {
  auto c = start();
  if (select(recv_case(after(1ms)), recv_case(c->done)) == 0) {
    c->kill.close();
    c->done.recv();
  }
  return c->output.size() > 0 ? c->exit_code : -1;
}

void run() { [[maybe_unused]] volatile int status = run_with_limit(); }

}  // namespace fixed
}  // namespace moby_18412

GOSAN_KERNEL(moby_18412, "Traditional / Order violation", "data-race");
}  // namespace kernels
