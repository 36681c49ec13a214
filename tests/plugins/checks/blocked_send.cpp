// fix-its: 4
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

void left_by_another_case(gosan::chan<void> stop) {
  for (;;) {
    auto done = gosan::make_chan<bool>();
    gosan::go([done] {
      if (failed()) {
        done.send(false);
        return;
      }
      done.send(true);  // expect: gosan-blocked-send
    });
    switch (gosan::select(gosan::recv_case(stop), gosan::recv_case(done))) {
      case 0: return;  // note: this path returns without receiving
      default: break;
    }
  }
}

int two_send_and_one_is_received() {
  auto errors = gosan::make_chan<int>();
  gosan::go([errors] { errors.send(ask()); });
  gosan::go([errors] { errors.send(ask()); });  // expect: gosan-blocked-send
  return *errors.recv();
}

int first_error_leaves(int n) {
  auto errors = gosan::make_chan<int>();
  for (int i = 0; i < n; ++i) gosan::go([errors, i] { errors.send(i); });  // expect: gosan-blocked-send
  for (int i = 0; i < n; ++i)
    if (int e = *errors.recv()) return e;  // note: this path returns without receiving
  return 0;
}

void sends_to_itself() {
  auto c = gosan::make_chan<int>();
  c.send(1);  // expect: gosan-blocked-send
  use(*c.recv());
}

void fill(const gosan::chan<int>& c) {
  c.send(1);  // expect: gosan-blocked-send
}

void filled_before_it_is_drained() {
  auto c = gosan::make_chan<int>();
  fill(c);
  gosan::go([c] { use(*c.recv()); });
}

void receives_before_anybody_sends() {
  auto c = gosan::make_chan<int>(1);
  use(*c.recv());  // expect: gosan-blocked-send
  gosan::go([c] { c.send(1); });
}

void waits_before_it_drains() {
  auto results = gosan::make_chan<int>();
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([results, i] { results.send(i); });  // expect: gosan-blocked-send
  group.wait();  // note: its end is waited for here
  results.close();
  for (int r : results) use(r);
}

void waits_for_its_own_end() {
  auto in = gosan::make_chan<int>();
  auto stopped = gosan::make_chan<void>();
  gosan::go([=] {
    gosan::defer end{[&] { stopped.close(); }};
    while (auto n = in.recv())
      if (*n == 0) {
        stopped.recv();  // expect: gosan-blocked-send
        return;
      }
  });
  in.send(0);
  stopped.recv();
}

void error_only_when_it_fails() {
  auto error = gosan::make_chan<int>(1);
  gosan::go([error] {  // note: the goroutine starts here
    if (failed()) error.send(1);
  });
  use(*error.recv());  // expect: gosan-blocked-send
}

void all_report_and_one_is_heard(gosan::chan<int> work) {
  auto failure = gosan::make_chan<void>();
  gosan::wait_group group;
  gosan::go([=] {
    for (int i = 0; i < 100; ++i)
      if (gosan::select(gosan::send_case(work, i), gosan::recv_case(failure)) == 1) break;
    work.close();
  });
  for (int i = 0; i < 4; ++i)
    group.go([=] {
      for (int n : work) {
        if (n < 10) continue;
        failure.send();  // expect: gosan-blocked-send
        return;
      }
    });
  group.wait();
}

void deliver(const gosan::chan<int>& to) {
  to.send(1);  // note: the send itself
  to.close();
}

void left_with_a_helper_that_sends(gosan::chan<void> stop) {
  auto results = gosan::make_chan<int>();
  gosan::go([results] { deliver(results); });  // expect: gosan-blocked-send
  if (gosan::select(gosan::recv_case(stop), gosan::recv_case(results)) == 0) return;
}

struct node {
  node* left;
  int value;
};

void visit(const node* n, const gosan::chan<int>& c) {
  if (n == nullptr) return;
  visit(n->left, c);
  c.send(n->value);  // expect: gosan-blocked-send
}

void walks_before_it_receives(const node* root) {
  auto c = gosan::make_chan<int>();
  visit(root, c);
  for (int v : c) use(v);
}

gosan::chan<int> sends_before_it_returns() {
  auto c = gosan::make_chan<int>();
  if (failed()) c.send(1);  // expect: gosan-blocked-send
  return c;
}

gosan::chan<int> promise() {
  auto outcome = gosan::make_chan<int>();
  gosan::go([outcome] { outcome.send(ask()); });  // expect: gosan-blocked-send
  return outcome;
}
void throws_the_channel_away() {
  promise();  // note: thrown away
}

struct stopper {
  gosan::chan<void> quiescing = gosan::make_chan<void>();
  gosan::chan<int> events = gosan::make_chan<int>();
};
void waits_for_a_member_that_nobody_closes(stopper& s) {
  s.quiescing.recv();  // expect: gosan-blocked-send
}
void sends_on_a_member_that_nobody_reads(stopper& s) {
  s.events.send(1);  // expect: gosan-blocked-send
}

int asked_in_a_condition() {
  auto failure = gosan::make_chan<int>(1);
  gosan::go([failure] {
    if (failed()) failure.send(1);
  });
  return failure.recv() ? 1 : 0;  // expect: gosan-blocked-send
}

// ---- Several senders ----

int room_for_one_of_three() {
  auto answers = gosan::make_chan<int>(1);
  gosan::go([answers] { answers.send(1); });
  gosan::go([answers] { answers.send(2); });
  gosan::go([answers] { answers.send(3); });  // expect: gosan-blocked-send
  return *answers.recv();
}

int room_for_one_of_a_loop() {
  auto answers = gosan::make_chan<int>(1);
  for (int i = 0; i < 3; ++i) gosan::go([answers, i] { answers.send(i); });  // expect: gosan-blocked-send
  return *answers.recv();
}

int receives_fewer_than_the_loop_starts() {
  auto answers = gosan::make_chan<int>();
  for (int i = 0; i < 3; ++i) gosan::go([answers, i] { answers.send(i); });  // expect: gosan-blocked-send
  int sum = 0;
  for (int i = 0; i < 2; ++i) sum += *answers.recv();
  return sum;
}

// ---- Near misses ----

void sends_at_the_leaves(const gosan::chan<int>& c, int depth) {
  if (depth == 3) {
    c.send(depth);
    return;
  }
  if (depth == 2)
    gosan::go([=] { sends_at_the_leaves(c, depth + 1); });
  else
    sends_at_the_leaves(c, depth + 1);
}

void the_root_sends_nothing_itself() {
  auto c = gosan::make_chan<int>();
  sends_at_the_leaves(c, 0);
  use(*c.recv());
}

void left_by_another_case_with_room(gosan::chan<void> stop) {
  for (;;) {
    auto done = gosan::make_chan<bool>(1);
    gosan::go([done] { done.send(true); });
    if (gosan::select(gosan::recv_case(stop), gosan::recv_case(done)) == 0) return;
  }
}

void other_case_receives_too(gosan::chan<void> stop) {
  auto done = gosan::make_chan<bool>();
  gosan::go([done] { done.send(true); });
  if (gosan::select(gosan::recv_case(stop), gosan::recv_case(done)) == 0) done.recv();
}

void asks_until_all_have_come(int n) {
  auto c = gosan::make_chan<int>();
  for (int i = 0; i < n; ++i) gosan::go([c, i] { c.send(i); });
  int seen = 0;
  for (;;) {
    use(*c.recv());
    if (++seen == n) return;
  }
}

int both_are_received() {
  auto errors = gosan::make_chan<int>();
  gosan::go([errors] { errors.send(ask()); });
  gosan::go([errors] { errors.send(ask()); });
  return *errors.recv() + *errors.recv();
}

void drained_by_a_closer() {
  auto results = gosan::make_chan<int>();
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([results, i] { results.send(i); });
  gosan::go([&group, results] {
    group.wait();
    results.close();
  });
  for (int r : results) use(r);
}

void drained_before_the_wait() {
  auto results = gosan::make_chan<int>();
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([results, i] { results.send(i); });
  for (int i = 0; i < 3; ++i) use(*results.recv());
  group.wait();
}

void sends_what_the_buffer_holds() {
  auto c = gosan::make_chan<int>(1);
  c.send(1);
  use(*c.recv());
}

void receiver_was_started() {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { use(*c.recv()); });
  c.send(1);
}

void error_in_any_case() {
  auto error = gosan::make_chan<int>(1);
  gosan::go([error] {
    if (failed()) {
      error.send(1);
      return;
    }
    error.close();
  });
  use(error.recv().value_or(0));
}

void both_follow_one_condition(bool wanted) {
  auto answer = gosan::make_chan<int>(1);
  gosan::go([answer, wanted] {
    if (wanted) answer.send(1);
  });
  if (!wanted) return;
  use(*answer.recv());
}

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

void deliver_if(const gosan::chan<int>& c, bool wanted) {
  if (wanted) c.send(1);
}
void flag_says_no() {
  auto c = gosan::make_chan<int>();
  deliver_if(c, false);
  gosan::go([c] { deliver_if(c, true); });
  use(*c.recv());
}

gosan::chan<int> has_room_before_it_returns() {
  auto c = gosan::make_chan<int>(1);
  if (failed()) c.send(1);
  return c;
}

void takes_what_was_promised() {
  auto outcome = promise();
  use(*outcome.recv());
}

void give(gosan::chan<void> to);
struct server {
  gosan::chan<int> requests = gosan::make_chan<int>();
  gosan::chan<int> log = gosan::make_chan<int>(8);
  gosan::chan<void> handed_on = gosan::make_chan<void>();
  gosan::chan<void> from_elsewhere;
  gosan::chan<int> offers = gosan::make_chan<int>();
};
void ask_a_server(server& s) {
  s.requests.send(1);
  s.log.send(1);
  s.handed_on.recv();
  s.from_elsewhere.recv();
  gosan::select(gosan::send_case(s.offers, 1), gosan::default_case());
}
void serve(server& s, gosan::chan<void> stop) {
  use(*s.requests.recv());
  give(s.handed_on);
  s.from_elsewhere = stop;
}

void received_in_every_case(gosan::chan<void> stop, gosan::chan<void> other) {
  for (;;) {
    auto answer = gosan::make_chan<int>();
    gosan::go([answer] { answer.send(ask()); });
    switch (gosan::select(gosan::recv_case(stop), gosan::recv_case(answer), gosan::recv_case(other))) {
      case 0: answer.recv(); return;
      case 1: break;
      case 2: answer.recv(); break;
    }
  }
}

// A result or an error: the select has had what there is.
int result_or_error() {
  auto results = gosan::make_chan<int>();
  auto errors = gosan::make_chan<int>();
  gosan::go([results, errors] {
    if (failed()) errors.send(1);
    else results.send(2);
  });
  std::optional<int> n;
  gosan::select(gosan::recv_case(results, n), gosan::recv_case(errors, n));
  return n.value_or(0);
}
int result_or_error_in_a_switch() {
  auto results = gosan::make_chan<int>();
  auto errors = gosan::make_chan<int>();
  gosan::go([results, errors] {
    if (failed()) errors.send(1);
    else results.send(2);
  });
  std::optional<int> n;
  switch (gosan::select(gosan::recv_case(results, n), gosan::recv_case(errors, n))) {
    case 0: return *n;
    default: return -1;
  }
}

int room_for_the_other() {
  auto answers = gosan::make_chan<int>(1);
  gosan::go([answers] { answers.send(1); });
  gosan::go([answers] { answers.send(2); });
  return *answers.recv();
}
int room_for_all_of_a_loop() {
  auto answers = gosan::make_chan<int>(3);
  for (int i = 0; i < 3; ++i) gosan::go([answers, i] { answers.send(i); });
  return *answers.recv();
}
int as_many_receives() {
  auto answers = gosan::make_chan<int>();
  for (int i = 0; i < 3; ++i) gosan::go([answers, i] { answers.send(i); });
  int sum = 0;
  for (int i = 0; i < 3; ++i) sum += *answers.recv();
  return sum;
}
int one_for_each_of_some(const std::vector<int>& some) {
  auto answers = gosan::make_chan<int>(2);  // there are no more than three
  for (int n : some) gosan::go([answers, n] { answers.send(n); });
  return *answers.recv();
}
