// A keeper of tokens takes new ones from a channel and drops old ones at each tick, through a function that takes the
// store's lock; the store hands new tokens over with that lock held. Fixed: handed over after unlocking.
#include "../kernel.hpp"

namespace kernels {
namespace token_keeper {

struct keeper {
  chan<int> added = make_chan<int>(1);
  chan<void> stop = make_chan<void>();
  chan<void> ended = make_chan<void>();
  std::function<void(int)> drop;

  void loop() {
    defer end{[this] { ended.close(); }};
    ticker tick{1us};
    defer stop_ticking{[&] { tick.stop(); }};
    std::optional<int> token;
    for (;;) {
      switch (select(recv_case(added, token), recv_case(tick.chan()), recv_case(stop))) {
        case 1:
          if (token) drop(*token);
          token.reset();
          break;
        case 2:
          return;
      }
    }
  }
};

struct store {
  mutex m;
  std::map<int, int> users;  // guarded by m
  keeper tokens;

  store() {
    tokens.drop = [this](int token) {
      std::lock_guard hold(m);
      users.erase(token);
    };
  }
};

namespace buggy {

void assign(store& s, int token) {
  std::lock_guard hold(s.m);
  s.users[token] = token;
  s.tokens.added.send(token);
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { s->tokens.loop(); });
  wait_group assigning;
  for (int i = 0; i < 5; ++i) assigning.go([s, i] { assign(*s, i); });
  assigning.wait();
  s->tokens.stop.close();
  s->tokens.ended.recv();
}

}  // namespace buggy

namespace fixed {

void assign(store& s, int token) {
  {
    std::lock_guard hold(s.m);
    s.users[token] = token;
  }
  s.tokens.added.send(token);
}

void run() {
  auto s = std::make_shared<store>();
  go([s] { s->tokens.loop(); });
  wait_group assigning;
  for (int i = 0; i < 5; ++i) assigning.go([s, i] { assign(*s, i); });
  assigning.wait();
  s->tokens.stop.close();
  s->tokens.ended.recv();
}

}  // namespace fixed
}  // namespace token_keeper

GOSAN_KERNEL(token_keeper, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
