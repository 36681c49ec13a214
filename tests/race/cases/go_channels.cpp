// Facts of Go's memory model about channels and select, one case each, named after Go's own test of it. TestRace...: wrong as it
// stands. Where a fact needs a particular schedule, order is forced by `turn`, which the detector does not see.
#include <gosan/gosan.hpp>

#include <functional>
#include <string>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan, gosan::chan, gosan::select, gosan::recv_case, gosan::send_case, gosan::default_case;

CASE(TestNoRaceChanSyncRev) {
  auto c = make_chan<int>();
  int v = 0;
  go([&, c] {
    v = 1;
    c.recv();
  });
  c.send(1);
  v = 2;
}

CASE(TestRaceChanAsyncRev) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>();
  int v = 0;
  go([&, c] {
    v = 1;  // race TestRaceChanAsyncRev
    c.recv();
    done.send();
  });
  c.send(1);
  v = 2;  // race TestRaceChanAsyncRev
  done.recv();
}

CASE(TestNoRaceChanAsyncCloseRecv) {
  auto c = make_chan<int>(10);
  int v = 0;
  go([&, c] {
    v = 1;
    c.close();
  });
  c.recv();
  v = 2;
}

CASE(TestNoRaceChanAsyncCloseRecv3) {
  auto c = make_chan<int>(10);
  int v = 0;
  go([&, c] {
    v = 1;
    c.close();
  });
  for (int x : c) side = x;
  v = 2;
}

CASE(TestNoRaceChanSyncCloseRecv3) {
  auto c = make_chan<int>();
  int v = 0;
  go([&, c] {
    v = 1;
    c.close();
  });
  for (int x : c) side = x;
  v = 2;
}

CASE(TestRaceChanSyncCloseSend) {
  auto c = make_chan<int>();
  auto done = make_chan<void>();
  int v = 0;
  turn at;
  go([&, c] {
    v = 1;
    c.close();  // race TestRaceChanSyncCloseSend
    at.next();
    done.send();
  });
  at.wait(1);
  try {
    c.send(1);  // race TestRaceChanSyncCloseSend
  } catch (const gosan::panic_error&) {
  }
  v = 2;
  done.recv();
}

CASE(TestRaceChanSendLen) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>();
  int v = 0;
  go([&, c] {
    v = 1;  // race TestRaceChanSendLen
    c.send(1);
    done.send();
  });
  while (c.len() == 0) gosan::yield();
  v = 2;  // race TestRaceChanSendLen
  done.recv();
}

CASE(TestRaceChanRecvLen) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>();
  int v = 0;
  c.send(1);
  go([&, c] {
    v = 1;  // race TestRaceChanRecvLen
    c.recv();
    done.send();
  });
  while (c.len() != 0) gosan::yield();
  v = 2;  // race TestRaceChanRecvLen
  done.recv();
}

CASE(TestRaceChanSendSend) {
  auto c = make_chan<int>(1);
  auto done = make_chan<void>();
  int v = 0;
  turn at;
  go([&, c] {
    v = 1;  // race TestRaceChanSendSend
    c.send(1);
    at.next();
    done.send();
  });
  at.wait(1);
  select(send_case(c, 2), default_case([] {}));
  v = 2;  // race TestRaceChanSendSend
  done.recv();
}

CASE(TestRaceChanWrongSend) {
  auto c = make_chan<int>(2);
  auto done = make_chan<void>(2);
  int v1 = 0, v2 = 0;
  turn at;
  go([&, c] {
    v1 = 1;
    c.send(1);
    at.next();
    done.send();
  });
  go([&, c] {
    at.wait(1);
    v2 = 2;  // race TestRaceChanWrongSend
    c.send(2);
    at.next();
    done.send();
  });
  at.wait(2);
  c.recv();
  v1 = 3;
  v2 = 3;  // race TestRaceChanWrongSend
  done.recv(), done.recv();
}

CASE(TestNoRaceProducerConsumerUnbuffered) {
  struct task {
    std::function<void()> f;
    chan<bool> done;
  };
  auto queue = make_chan<task>();
  go([queue] {
    for (const task& t : queue) {
      t.f();
      t.done.send(true);
    }
  });
  int v = 0;
  for (int i = 0; i < 5; ++i) {
    task t{[&] { v = i; }, make_chan<bool>(1)};
    queue.send(t);
    t.done.recv();
    side = v;
  }
  queue.close();
}

CASE(TestNoRaceChanCloseLen) {
  auto c = make_chan<int>(10);
  auto done = make_chan<int>(10);
  go([=] { done.send(static_cast<int>(c.len())); });
  go([=] {
    c.close();
    done.send(0);
  });
  done.recv(), done.recv();
}

CASE(TestRaceChanCloseSend) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>();
  go([=] {
    c.close();  // race TestRaceChanCloseSend
    done.send();
  });
  try {
    c.send(0);  // race TestRaceChanCloseSend
  } catch (const gosan::panic_error&) {
  }
  done.recv();
}

CASE(TestNoRaceChanMutex) {
  auto done = make_chan<void>();
  auto lock = make_chan<void>(1);
  int data = 0;
  go([&, done, lock] {
    for (int i = 0; i < 100; ++i) lock.send(), data = i, lock.recv();
    done.send();
  });
  for (int i = 0; i < 100; ++i) lock.send(), data = i, lock.recv();
  done.recv();
}

CASE(TestRaceChanSem) {
  auto done = make_chan<void>();
  auto semaphore = make_chan<bool>(2);
  int data = 0;
  go([&, done, semaphore] {
    semaphore.send(true);
    data = 1;  // race TestRaceChanSem
    semaphore.recv();
    done.send();
  });
  semaphore.send(true);
  data = 2;  // race TestRaceChanSem
  semaphore.recv();
  done.recv();
}

CASE(TestNoRaceBlockedSendSync) {
  auto c = make_chan<int*>(1);
  c.send(nullptr);
  go([c] {
    auto* i = new int(42);
    c.send(i);
  });
  c.recv();
  int* i = *c.recv();
  if (*i != 42) std::puts("?");
  delete i;
}

CASE(TestNoRaceBlockedSelectSendSync) {
  auto c = make_chan<int*>(1);
  c.send(nullptr);
  go([c] { c.send(new int(42)); });
  c.recv();
  select(recv_case(c, [](std::optional<int*> i) {
    if (**i != 42) std::puts("?");
    delete *i;
  }));
}

CASE(TestNoRaceCloseHappensBeforeRead) {
  for (int i = 0; i < 100; ++i) {
    auto write = make_chan<void>(), read = make_chan<void>();
    int v = 0;
    go([&, write] {
      v = 1;
      write.close();
    });
    go([&, write, read] {
      for (bool open = true; open;) select(recv_case(write, [&](bool got) { open = got; }), default_case([] { gosan::yield(); }));
      side = v;
      read.close();
    });
    read.recv();
  }
}

CASE(TestNoRaceElemetSize0) {
  auto c = make_chan<void>(2);
  int x = 0;
  c.send(), c.send();
  go([&, c] {
    x = 1;
    c.recv(), c.recv();
  });
  c.send();
  side = x;
}

CASE(chanmm) {
  // Receiver 1 -> blocked sender -> receiver 2 is no chain.
  if (!wrong) return;
  auto c = make_chan<bool>(1);
  auto ready = make_chan<void>(3);
  int data = 0;
  turn at;
  c.send(true);
  go([&, c, ready] {
    data = 1;  // race chanmm
    at.wait(1);
    unseen::sleep();
    c.recv();
    at.next();
    ready.send();
  });
  go([&, c, ready] {
    at.next();
    c.send(true);  // blocked until receiver 1
    ready.send();
  });
  go([&, c, ready] {
    at.wait(2);
    c.recv();
    data = 2;  // race chanmm
    ready.send();
  });
  for (int i = 0; i < 3; ++i) ready.recv();
}

CASE(TestNoRaceSelect1) {
  auto c = make_chan<bool>(), c1 = make_chan<bool>();
  int x = 0;
  go([&, c, c1] {
    x = 1;
    select(send_case(c, true), recv_case(c1));
  });
  select(recv_case(c), send_case(c1, true));
  x = 2;
}

CASE(TestNoRaceSelect2) {
  auto c = make_chan<bool>(), c1 = make_chan<bool>();
  int x = 0;
  go([&, c] {
    x = 1;
    c.close();
  });
  select(recv_case(c), recv_case(c1));
  x = 2;
}

CASE(TestNoRaceSelect3) {
  auto c = make_chan<bool>(10), never = make_chan<bool>();
  int x = 0;
  go([&, c, never] {
    x = 1;
    select(send_case(c, true), recv_case(never));
  });
  c.recv();
  x = 2;
}

CASE(TestRaceSelect1) {
  auto c = make_chan<int>(2), never = make_chan<int>();
  int x = 0;
  for (int i = 0; i < 2; ++i)
    go([&, c, never, i] {
      x = i;  // race TestRaceSelect1
      select(send_case(c, i), recv_case(never));
    });
  c.recv(), c.recv();
}

CASE(TestRaceSelect2) {
  auto c = make_chan<int>(10), done = make_chan<int>();
  int x = 0;
  go([&, c, done] {
    select(recv_case(c), recv_case(done));
    done.send(1);
  });
  c.close();
  go([&] { x = 1; });  // race TestRaceSelect2
  x = 2;               // race TestRaceSelect2
  done.recv();
  while (unseen::load(x) != 1) gosan::yield();
}

CASE(TestRaceSelect4) {
  auto done = make_chan<bool>(1), never = make_chan<bool>();
  int x = 0;
  go([&, done, never] {
    select(recv_case(never), default_case([&] { x = 2; }));  // race TestRaceSelect4
    done.send(true);
  });
  select(recv_case(never), default_case([&] { x = 3; }));  // race TestRaceSelect4
  done.recv();
}

int main(int argc, char** argv) { return run_case(argc, argv); }
