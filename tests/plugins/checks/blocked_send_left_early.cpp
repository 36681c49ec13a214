// checks: -*,gosan-blocked-send
// A loop over a channel that is left in the middle, and a sender that knows nothing of it.
#include <gosan/gosan.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "macros_of_others.hpp"

void use(int);
bool is_bad(int);

gosan::chan<int> numbers_of(const std::vector<int>& all) {
  auto out = gosan::make_chan<int>();
  gosan::go([out, all] {  // note: the goroutine starts here
    for (int n : all) out.send(n);  // expect: gosan-blocked-send
    out.close();
  });
  return out;
}

gosan::chan<int> doubled(const gosan::chan<int>& in) {
  auto out = gosan::make_chan<int>();
  gosan::go([=] {
    gosan::defer close([&] { out.close(); });
    while (auto n = in.recv()) out.send(*n * 2);  // expect: gosan-blocked-send
  });
  return out;
}

// ---- What it flags ----

bool all_good(const std::vector<int>& all) {
  for (int n : numbers_of(all))
    if (is_bad(n)) return false;  // note: the loop is left here
  return true;
}

void first_of_a_pipeline(const gosan::chan<int>& in) {
  auto out = doubled(in);
  for (int n : out) {
    use(n);
    break;
  }
}

void send_all(const gosan::chan<int>& out) {
  for (int i = 0; i < 8; ++i) out.send(i);  // expect: gosan-blocked-send
  out.close();
}
void eight_and_room_for_six() {
  auto out = gosan::make_chan<int>(6);
  gosan::go([out] { send_all(out); });
  for (int n : out) {
    use(n);
    return;
  }
}

void throws_in_the_middle(const std::vector<int>& all) {
  auto out = gosan::make_chan<int>();
  gosan::go([out, all] {
    for (int n : all) out.send(n);  // expect: gosan-blocked-send
    out.close();
  });
  while (auto n = out.recv()) {
    if (is_bad(*n)) throw std::runtime_error("bad");
    use(*n);
  }
}

// ---- Near misses ----

gosan::chan<int> letters(const gosan::context& ctx) {
  auto out = gosan::make_chan<int>();
  gosan::go([out, ctx] {
    gosan::defer close([&] { out.close(); });
    for (int i = 0; i < 26; ++i)
      if (gosan::select(gosan::send_case(out, i), gosan::recv_case(ctx.done())) == 1) return;
  });
  return out;
}
bool a_sender_that_is_told() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::defer end([cancel = cancel] { cancel(); });
  for (int n : letters(ctx))
    if (is_bad(n)) return false;
  return true;
}

gosan::chan<int> until_bad(const std::vector<int>& all) {
  auto out = gosan::make_chan<int>();
  gosan::go([out, all] {
    gosan::defer close([&] { out.close(); });
    for (int n : all) {
      out.send(n);
      if (is_bad(n)) return;
    }
  });
  return out;
}
bool both_stop_at_the_same(const std::vector<int>& all) {
  for (int n : until_bad(all))
    if (is_bad(n)) return false;
  return true;
}

gosan::chan<int> squares() {
  auto out = gosan::make_chan<int>();
  gosan::go([out] {
    for (int i = 0; i < 10; ++i) out.send(i * i);
    out.close();
  });
  return out;
}
void leaves_when_it_has_all() {
  int received = 0;
  for (int n : squares()) {
    use(n);
    if (++received == 10) break;
  }
}
void takes_the_rest() {
  auto all = squares();
  for (int n : all)
    if (is_bad(n)) break;
  for (int n : all) use(n);
}
void hands_the_rest_on(void (*drain)(gosan::chan<int>)) {
  auto all = squares();
  for (int n : all)
    if (is_bad(n)) break;
  drain(all);
}
int takes_all() {
  int sum = 0;
  for (int n : squares()) {
    for (int i = 0; i < n; ++i)
      if (is_bad(i)) break;
    sum += n;
  }
  return sum;
}
int keeps_what_went_wrong() {
  int sum = 0;
  for (int n : squares()) {
    try {
      if (is_bad(n)) throw std::runtime_error("bad");
      sum += n;
    } catch (const std::runtime_error&) {
    }
  }
  return sum;
}

void seven_and_room_for_six() {
  auto out = gosan::make_chan<int>(6);
  gosan::go([out] {
    for (int i = 0; i < 7; ++i) out.send(i);
    out.close();
  });
  for (int n : out) {
    use(n);
    return;
  }
}

gosan::chan<int> for_the_last_only(const std::vector<int>& all) {
  auto out = gosan::make_chan<int>();
  gosan::go([out, all] {
    for (int n : all) out.send(n);
    out.send(-1);
  });
  return out;
}
void up_to_a_mark(const std::vector<int>& all) {
  for (int n : for_the_last_only(all)) {
    if (n == -1) break;
    use(n);
  }
}

// A failed assertion ends the test, whatever it leaves behind.
void asserts_each() {
  for (int n : squares()) CHECK_OF_A_FRAMEWORK(n >= 0);
}
