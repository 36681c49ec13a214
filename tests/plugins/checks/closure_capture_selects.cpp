// checks: -*,gosan-closure-capture,gosan-shared-capture
// Which case a select took, as the conditions of loops and branches tell it.
#include <gosan/gosan.hpp>

#include <chrono>

using namespace std::chrono_literals;

// ---- What it flags ----

int given_up_in_a_loop(gosan::context ctx) {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {  // expect: gosan-closure-capture
    n = 4;
    done.close();
  });
  while (gosan::select(gosan::recv_case(ctx.done()), gosan::recv_case(gosan::after(1ms)), gosan::recv_case(done)) != 0) {
  }
  return n;  // expect: gosan-shared-capture
}

int the_other_case() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {  // expect: gosan-closure-capture
    n = 4;
    done.close();
  });
  if (!gosan::select(gosan::recv_case(gosan::after(1ms)), gosan::recv_case(done))) return -1;
  return n;
}

// ---- What it does not ----

int asked_until_it_is_there() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {
    n = 4;
    done.close();
  });
  while (gosan::select(gosan::recv_case(done), gosan::recv_case(gosan::after(1ms))) != 0) {
  }
  return n;
}

int asked_until_it_is_there_mirrored() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {
    n = 4;
    done.close();
  });
  do {
  } while (1 == gosan::select(gosan::recv_case(done), gosan::recv_case(gosan::after(1ms))));
  return n;
}

int the_first_case_is_zero() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {
    n = 4;
    done.close();
  });
  while (gosan::select(gosan::recv_case(done), gosan::recv_case(gosan::after(1ms)))) {
  }
  return n;
}

int not_the_other_case() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&n, done] {
    n = 4;
    done.close();
  });
  if (!gosan::select(gosan::recv_case(gosan::after(1ms)), gosan::recv_case(done))) done.recv();
  return n;
}
