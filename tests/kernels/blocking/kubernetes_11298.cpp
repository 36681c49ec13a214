// A service waits for a condition through a goroutine, because it must listen to a channel too. When the signaller ends it
// signals once more by itself; a waiter that has not begun to wait misses it, and nobody signals again.
// Fixed: the signal is a channel with room for one, which remembers it.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_11298 {

// Runs f in a goroutine; the channel is closed when it has ended.
chan<void> ended(std::function<void()> f) {
  auto end = make_chan<void>();
  go([f = std::move(f), end] {
    f();
    end.close();
  });
  return end;
}

bool is_closed(const chan<void>& c) { return select(recv_case(c), default_case()) == 0; }

namespace buggy {

struct notifier {
  mutex m;
  condition_variable ready;

  void signal() { ready.notify_one(); }
  void wait() { ready.wait(m); }  // m is held, by whoever started the waiting goroutine
};

void serve(const std::shared_ptr<notifier>& n, const chan<void>& finished) {
  n->m.lock();
  while (!is_closed(finished)) {
    auto woken = ended([n] { n->wait(); });
    if (select(recv_case(finished), recv_case(woken)) == 1) continue;
    n->signal();
    woken.recv();
    break;
  }
  n->m.unlock();
}

void notify(const std::shared_ptr<notifier>& n, const chan<void>& done) {
  auto finished = ended([n, done] {
    while (!is_closed(done)) {
      std::lock_guard hold(n->m);
      n->signal();
    }
  });
  while (!is_closed(done)) serve(n, finished);
}

void run() {
  auto n = std::make_shared<notifier>();
  auto done = make_chan<void>();
  auto notified = ended([n, done] { notify(n, done); });
  go([done] {
    sleep_for(300ns);
    done.close();
  });
  notified.recv();
}

}  // namespace buggy

namespace fixed {

struct notifier {
  mutex m;
  chan<void> ready = make_chan<void>(1);

  void signal() { ready.try_send(); }
  void wait() {  // m is held, by whoever started the waiting goroutine
    m.unlock();
    ready.recv();
    m.lock();
  }
};

void serve(const std::shared_ptr<notifier>& n, const chan<void>& finished) {
  n->m.lock();
  while (!is_closed(finished)) {
    auto woken = ended([n] { n->wait(); });
    if (select(recv_case(finished), recv_case(woken)) == 1) continue;
    n->signal();
    woken.recv();
    break;
  }
  n->m.unlock();
}

void notify(const std::shared_ptr<notifier>& n, const chan<void>& done) {
  auto finished = ended([n, done] {
    while (!is_closed(done)) {
      std::lock_guard hold(n->m);
      n->signal();
    }
  });
  while (!is_closed(done)) serve(n, finished);
}

void run() {
  auto n = std::make_shared<notifier>();
  auto done = make_chan<void>();
  auto notified = ended([n, done] { notify(n, done); });
  go([done] {
    sleep_for(300ns);
    done.close();
  });
  notified.recv();
}

}  // namespace fixed
}  // namespace kubernetes_11298

GOSAN_KERNEL(kubernetes_11298, "Communication Deadlock / Channel & Condition Variable", GOSAN_BLOCKING);
}  // namespace kernels
