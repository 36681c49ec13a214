// checks: -*,gosan-blocked-send
// Who may still come: coroutines that run later, handlers, receivers that somebody ends.
#include <gosan/gosan.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

void use(int);

template <class Start>
struct task {
  struct promise_type {
    task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    Start initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) { handle.resume(); }
  void await_resume() {}
  void operator()() { handle.resume(); }
  std::coroutine_handle<promise_type> handle;
};
using lazy = task<std::suspend_always>;
using eager = task<std::suspend_never>;

// ---- Coroutines ----

eager send_now(gosan::chan<int> c) {
  c.send(1);  // expect: gosan-blocked-send
  co_return;
}
int called_before_the_receive() {
  auto c = gosan::make_chan<int>();
  send_now(c);
  return *c.recv();
}

lazy send_awaited(gosan::chan<int> c) {
  c.send(1);  // expect: gosan-blocked-send
  co_return;
}
lazy awaited_before_the_receive() {
  auto c = gosan::make_chan<int>();
  co_await send_awaited(c);
  use(*c.recv());
}

lazy send_later(gosan::chan<int> c) {
  c.send(1);
  co_return;
}
int run_by_a_goroutine() {
  auto c = gosan::make_chan<int>();
  gosan::go(send_later(c));
  return *c.recv();
}
void kept(std::function<void()> f);
void run_in_a_goroutine() {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { send_later(c)(); });
  use(*c.recv());
}
int run_by_somebody() {
  auto c = gosan::make_chan<int>();
  kept(send_later(c));
  return *c.recv();
}

// ---- Handlers ----

int result_or_error(std::function<int()> f) {
  auto results = gosan::make_chan<int>(1);
  gosan::go([=] {
    try {
      results.send(f());
    } catch (const std::exception&) {
      results.send(-1);
    }
  });
  std::optional<int> n;
  gosan::select(gosan::recv_case(results, n), gosan::recv_case(gosan::after(1s)));
  return n.value_or(0);
}
int result_then_error(std::function<int()> f) {
  auto results = gosan::make_chan<int>(1);
  gosan::go([=] {
    results.send(f());
    results.send(-1);  // expect: gosan-blocked-send
  });
  std::optional<int> n;
  gosan::select(gosan::recv_case(results, n), gosan::recv_case(gosan::after(1s)));
  return n.value_or(0);
}

// ---- A receiver in a select ----

void served_until_the_end() {
  auto requests = gosan::make_chan<int>();
  auto quit = gosan::make_chan<void>();
  gosan::go([=] {
    std::optional<int> n;
    while (gosan::select(gosan::recv_case(requests, n), gosan::recv_case(quit)) == 0) use(*n);
  });
  gosan::wait_group asking;
  asking.go([requests] { requests.send(1); });
  asking.wait();
  quit.close();
}
void ended_by_one_that_has_waited() {
  auto requests = gosan::make_chan<int>();
  auto quit = gosan::make_chan<void>();
  auto asked = gosan::make_chan<void>();
  gosan::go([=] {
    std::optional<int> n;
    while (gosan::select(gosan::recv_case(requests, n), gosan::recv_case(quit)) == 0) use(*n);
  });
  gosan::go([=] {
    requests.send(1);
    asked.close();
  });
  gosan::go([=] {
    asked.recv();
    quit.close();
  });
}
void ended_by_one_that_has_waited_for_nobody() {
  auto requests = gosan::make_chan<int>();
  auto quit = gosan::make_chan<void>();
  gosan::go([=] {
    std::optional<int> n;
    while (gosan::select(gosan::recv_case(requests, n), gosan::recv_case(quit)) == 0) use(*n);
  });
  gosan::go([=] { requests.send(1); });  // expect: gosan-blocked-send
  gosan::go([=] { quit.close(); });      // note: the goroutine that tells it by 'quit' starts here
}
void the_sender_listens_too() {
  auto requests = gosan::make_chan<int>();
  auto quit = gosan::make_chan<void>();
  gosan::go([=] {
    std::optional<int> n;
    while (gosan::select(gosan::recv_case(requests, n), gosan::recv_case(quit)) == 0) use(*n);
  });
  gosan::go([=] { gosan::select(gosan::send_case(requests, 1), gosan::recv_case(quit)); });
  gosan::go([=] { quit.close(); });
}
void told_but_goes_on() {
  auto requests = gosan::make_chan<int>();
  auto flush = gosan::make_chan<void>();
  gosan::go([=] {
    for (;;) {
      std::optional<int> n;
      switch (gosan::select(gosan::recv_case(requests, n), gosan::recv_case(flush))) {
        case 0: use(*n); return;
        case 1: break;
      }
    }
  });
  gosan::go([=] { requests.send(1); });
  gosan::go([=] { flush.try_send(); });
}

// ---- Sent by the turn of a loop that finds it ----

void only_if_it_is_found(const std::vector<int>& all) {
  auto found = gosan::make_chan<int>();
  gosan::go([found, all] {
    for (int n : all)
      if (n > 0) {
        found.send(n);
        return;
      }
  });
  use(*found.recv());  // expect: gosan-blocked-send
}

void tell_when_one_comes(const gosan::chan<int>& in, const gosan::chan<void>& done) {
  for (int n : in) {
    use(n);
    done.close();
    return;
  }
}
void nobody_may_come(const gosan::chan<int>& in) {
  auto done = gosan::make_chan<void>();
  gosan::go([in, done] { tell_when_one_comes(in, done); });
  done.recv();  // expect: gosan-blocked-send
}

void found_or_not(const std::vector<int>& all) {
  auto found = gosan::make_chan<int>();
  gosan::go([found, all] {
    for (int n : all)
      if (n > 0) {
        found.send(n);
        return;
      }
    found.send(0);
  });
  use(*found.recv());
}

void looks_until_it_is_found(int (*next)()) {
  auto found = gosan::make_chan<int>();
  gosan::go([found, next] {
    for (;;) {
      int n = next();
      if (n > 0) {
        found.send(n);
        break;
      }
    }
  });
  use(*found.recv());
}

void one_for_each(const std::vector<int>& all) {
  auto first = gosan::make_chan<int>(8);
  gosan::go([first, all] {
    for (int n : all) switch (n) {
        case 1:
          first.send(n);
          break;
      }
  });
  use(*first.recv());
}
