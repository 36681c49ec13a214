// fix-its: 2
#include <gosan/gosan.hpp>

using namespace std::chrono_literals;

void use(int);
int ask();
bool failed();

// ---- What it flags ----

void time_limit() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] {
    answer.send(ask());  // expect: gosan-blocked-send
  });
  gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));
}  // note: this path returns without receiving

void returns_early() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] { answer.send(ask()); });  // expect: gosan-blocked-send
  if (failed()) return;                         // note: this path returns without receiving
  use(*answer.recv());
}

void nobody_sends() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] {
    use(*answer.recv());  // expect: gosan-blocked-send
  });
}

// ---- Near misses ----

void has_room() {
  auto answer = gosan::make_chan<int>(1);
  gosan::go([answer] { answer.send(ask()); });
  gosan::select(gosan::recv_case(answer), gosan::recv_case(gosan::after(1s)));
}

void received_on_every_path() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] { answer.send(ask()); });
  if (failed()) {
    answer.recv();
    return;
  }
  use(*answer.recv());
}

void received_in_a_loop(int n) {
  auto answer = gosan::make_chan<int>();
  for (int i = 0; i < n; ++i) gosan::go([answer] { answer.send(ask()); });
  for (int i = 0; i < n; ++i) use(*answer.recv());
}

void sender_has_a_way_out(const gosan::context& ctx) {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer, ctx] { gosan::select(gosan::send_case(answer, 1), gosan::recv_case(ctx.done())); });
  gosan::select(gosan::recv_case(answer), gosan::recv_case(ctx.done()));
}

void received_by_another_goroutine() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] { answer.send(ask()); });
  gosan::go([answer] { use(*answer.recv()); });
}

gosan::recv_chan<int> received_by_the_caller() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] { answer.send(ask()); });
  return answer;
}

void take(gosan::recv_chan<int> from) { use(*from.recv()); }
void received_by_a_helper() {
  auto answer = gosan::make_chan<int>();
  gosan::go([answer] { answer.send(ask()); });
  take(answer);
}

void closed_is_enough() {
  auto stop = gosan::make_chan<void>();
  gosan::go([stop] { stop.recv(); });
  stop.close();
}

void another_case_is_ready() {
  auto never = gosan::make_chan<int>(), ready = gosan::make_chan<int>(1);
  ready.send(1);
  gosan::select(gosan::recv_case(never), gosan::recv_case(ready));
}
