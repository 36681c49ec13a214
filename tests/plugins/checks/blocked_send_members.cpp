// checks: -*,gosan-blocked-send
// Channels of objects that a function makes for itself; who can end without a send.
#include <gosan/gosan.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

using namespace std::chrono_literals;

int work();
int look_up(const std::string& key);
bool failed();

struct request {
  std::string key;
  gosan::chan<int> reply = gosan::make_chan<int>();
};

struct numbered {
  explicit numbered(int n) : id(n), reply(gosan::make_chan<int>()) {}
  int id;
  gosan::chan<int> reply;
};

struct with_room {
  gosan::chan<int> reply = gosan::make_chan<int>(1);
};

// ---- What it flags ----

std::optional<int> asks_with_a_limit(std::string key) {
  auto r = std::make_shared<request>();
  r->key = std::move(key);
  gosan::go([r] { r->reply.send(look_up(r->key)); });  // expect: gosan-blocked-send
  std::optional<int> got;
  gosan::select(gosan::recv_case(r->reply, [&](std::optional<int> v) { got = v; }), gosan::recv_case(gosan::after(1s), [](auto) {}));
  return got;  // note: this path returns without receiving from 'r.reply'
}

void answer(std::shared_ptr<numbered> asked) { asked->reply.send(work()); }  // expect: gosan-blocked-send
std::optional<int> leaves_early() {
  auto r = std::make_shared<numbered>(3);
  gosan::go(answer, r);
  if (failed()) return std::nullopt;
  return r->reply.recv();
}

struct compactor {
  gosan::chan<void> wanted = gosan::make_chan<void>(1);
  gosan::chan<void> stop = gosan::make_chan<void>();

  void run() {
    while (gosan::select(gosan::recv_case(stop), gosan::recv_case(wanted)) == 1) work();
  }
};
void fills_it(const std::shared_ptr<compactor>& c) {
  c->wanted.send();  // expect: gosan-blocked-send
  gosan::go([c] { c->run(); });
}
void starts_too_late() {
  auto c = std::make_shared<compactor>();
  gosan::defer stop{[&] { c->stop.close(); }};
  c->wanted.send();
  fills_it(c);
}

int fills_a_local() {
  auto numbers = gosan::make_chan<int>(2);
  numbers.send(1);
  numbers.send(2);
  numbers.send(3);  // expect: gosan-blocked-send
  gosan::go([numbers] { numbers.recv(); });
  return *numbers.recv();
}

// ---- What it does not ----

std::optional<int> has_room() {
  auto r = std::make_shared<with_room>();
  gosan::go([r] { r->reply.send(work()); });
  if (failed()) return std::nullopt;
  return r->reply.recv();
}

std::map<int, std::shared_ptr<request>> pending;
void is_kept() {
  auto r = std::make_shared<request>();
  pending[1] = r;
  gosan::go([r] { r->reply.send(work()); });
}

void elsewhere(request*);
void is_handed_on() {
  auto r = std::make_shared<request>();
  elsewhere(r.get());
  gosan::go([r] { r->reply.send(work()); });
}

void is_sent(gosan::chan<std::shared_ptr<request>> queue) {
  auto r = std::make_shared<request>();
  queue.send(r);
  r->reply.recv();
}

void is_received_by_another_name() {
  auto r = std::make_shared<request>();
  gosan::go([r] { r->reply.send(work()); });
  auto reply = r->reply;
  reply.recv();
}

struct replaced {
  gosan::chan<int> reply = gosan::make_chan<int>();
};
void gets_room() {
  auto r = std::make_shared<replaced>();
  r->reply = gosan::make_chan<int>(1);
  gosan::go([r] { r->reply.send(work()); });
}

void is_offered_only() {
  auto c = std::make_shared<compactor>();
  c->wanted.send();
  (void)c->wanted.try_send();
  gosan::go([c] { c->run(); });
  c->stop.close();
}

void has_begun() {
  auto numbers = gosan::make_chan<int>(1);
  gosan::go([numbers] {
    for (int n : numbers) (void)n;
  });
  numbers.send(1);
  numbers.send(2);
  numbers.close();
}

void takes_back_itself() {
  auto numbers = gosan::make_chan<int>(1);
  numbers.send(1);
  numbers.recv();
  numbers.send(2);
}

void on_one_path_each() {
  auto numbers = gosan::make_chan<int>(1);
  if (failed()) numbers.send(1);
  else numbers.send(2);
  numbers.recv();
}

// ---- A sender that can be told to end ----

int told_to_end_afterwards() {
  auto out = gosan::make_chan<int>();
  auto quit = gosan::make_chan<void>();
  gosan::go([=] { gosan::select(gosan::send_case(out, work()), gosan::recv_case(quit)); });
  int got = *out.recv();
  quit.close();
  return got;
}

int told_to_end_by_others(gosan::chan<void> quit) {
  auto out = gosan::make_chan<int>();
  gosan::go([=] { gosan::select(gosan::send_case(out, work()), gosan::recv_case(quit)); });
  return *out.recv();  // expect: gosan-blocked-send
}
