// Facts of Go's memory model about select and closing; see go_channels.cpp.
#include <gosan/gosan.hpp>

#include <functional>
#include <optional>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan, gosan::chan, gosan::select, gosan::recv_case, gosan::send_case;

namespace {
template <class C>
bool panics(C call) {
  try {
    call();
    return false;
  } catch (const gosan::panic_error&) {
    return true;
  }
}
}  // namespace

CASE(TestNoRaceChanAsyncCloseRecv2) {
  auto c = make_chan<int>(10);
  int v = 0;
  go([&, c] {
    v = 1;
    c.close();
  });
  if (std::optional<int> got = c.recv(); !got.has_value()) v = 2;
}

CASE(TestNoRaceChanSyncCloseRecv2) {
  auto c = make_chan<int>();
  int v = 0;
  go([&, c] {
    v = 1;
    c.close();
  });
  if (std::optional<int> got = c.recv(); !got.has_value()) v = 2;
}

CASE(TestNoRaceChanCloseCap) {
  auto c = make_chan<int>(10), done = make_chan<int>(10);
  go([=] { done.send(static_cast<int>(c.cap())); });
  go([=] {
    c.close();
    done.send(0);
  });
  done.recv(), done.recv();
}

CASE(TestNoRaceChanReadWriteAsync) {
  // What is sent and what is received into is the same variable.
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  int x = 0;
  go([&, c, done] {
    x = *c.recv();
    done.send();
  });
  c.send(x);
  done.recv();
}

CASE(TestRaceChanCloseClose) {
  auto c = make_chan<int>();
  auto done = make_chan<void>(1);
  int v = 0;
  turn at;
  go([&, c, done] {
    v = 1;  // race TestRaceChanCloseClose
    c.close();
    at.next();
    done.send();
  });
  at.wait(1);
  if (!panics([&] { c.close(); })) std::puts("?");
  v = 2;  // race TestRaceChanCloseClose
  done.recv();
}

CASE(TestRaceChanSendClose) {
  auto c = make_chan<int>(1);
  auto done = make_chan<void>(1);
  turn at;
  go([&, c, done] {
    c.send(1);  // race TestRaceChanSendClose
    at.next();
    done.send();
  });
  at.wait(1);
  c.close();  // race TestRaceChanSendClose
  done.recv();
}

CASE(TestRaceChanSendSelectClose) {
  auto c = make_chan<int>(1), never = make_chan<int>();
  auto done = make_chan<void>(1);
  turn at;
  go([&, c, never, done] {
    select(send_case(c, 1), recv_case(never));  // race TestRaceChanSendSelectClose
    at.next();
    done.send();
  });
  at.wait(1);
  c.close();  // race TestRaceChanSendSelectClose
  done.recv();
}

CASE(TestRaceSelectReadWriteSync) {
  // The operand of a send case is read, the target of a receive case written by who selects.
  auto out = make_chan<int>(), in = make_chan<int>(), never = make_chan<int>();
  auto done = make_chan<void>(2);
  int x = 0, y = 0;
  go([&, out, in, never, done] {
    select(send_case(out, x + 1), recv_case(never));  // race TestRaceSelectReadWriteSync
    auto target = [&](std::optional<int> got) { y = *got; };  // race TestRaceSelectReadWriteSync
    select(recv_case(in, target), send_case(never, 1));
    done.send();
  });
  go([=] {
    out.recv();
    in.send(1);
    done.send();
  });
  x = 1;  // race TestRaceSelectReadWriteSync
  y = 1;  // race TestRaceSelectReadWriteSync
  done.recv(), done.recv();
}

CASE(TestNoRaceSelectMutex) {
  auto lock = make_chan<void>(1), never = make_chan<void>(), done = make_chan<void>(2);
  int data = 0;
  auto section = [&, lock, never](int value) {
    select(send_case(lock), recv_case(never));
    data = value;
    select(recv_case(never), recv_case(lock));
  };
  for (int g = 0; g < 2; ++g)
    go([&section, done] {
      for (int i = 0; i < 50; ++i) section(i);
      done.send();
    });
  done.recv(), done.recv();
}

CASE(TestNoRaceSelect4) {
  struct task {
    std::function<void()> f;
    chan<bool> done;
  };
  auto queue = make_chan<task>(), never = make_chan<task>();
  gosan::go_daemon("server", [queue] {
    for (;;)
      select(recv_case(queue, [](std::optional<task> t) {
        t->f();
        t->done.send(true);
      }));
  });
  int v = 0;
  for (int i = 0; i < 5; ++i) {
    task t{[&v, i] { v = i; }, make_chan<bool>(1)};
    select(send_case(queue, t), recv_case(never));
    t.done.recv();
    v += 10;
  }
  side = v;
}

CASE(TestNoRaceSelect5) {
  // Whoever waits, and whether a send or a receive is one of a select: the edge is the same.
  for (int kind = 0; kind < 8; ++kind) {
    auto c = make_chan<int>(), never = make_chan<int>();
    auto done = make_chan<void>(1);
    int x = 0;
    go([&, c, never, done, kind] {
      if (kind & 1) unseen::sleep();
      x = 1;
      if (kind & 2) select(send_case(c, 1), recv_case(never));
      else c.send(1);
      done.send();
    });
    if (!(kind & 1)) unseen::sleep();
    if (kind & 4) select(recv_case(never), recv_case(c));
    else c.recv();
    x = 2;
    done.recv();
  }
}

CASE(TestRaceSelect5) {
  // Whichever body runs.
  auto a = make_chan<int>(1), b = make_chan<int>(1), done = make_chan<int>(1);
  int x = 0;
  a.send(1), b.send(1);
  go([&, a, b, done] {
    select(recv_case(a, [&] { x = 1; }), recv_case(b, [&] { x = 1; }));  // race TestRaceSelect5
    done.send(1);
  });
  x = 2;  // race TestRaceSelect5
  done.recv();
}

// The variable that holds a channel is memory like any other.

CASE(TestRaceChanItselfSend) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  go([&c, done] {
    c.send(1);  // race TestRaceChanItselfSend
    done.send();
  });
  c = make_chan<int>(20);  // race TestRaceChanItselfSend
  done.recv();
}

CASE(TestRaceChanItselfRecv) {
  auto c = make_chan<int>(10), other = make_chan<int>(10);
  auto done = make_chan<void>(1);
  c.send(0), other.send(0);
  go([&c, done] {
    c.recv();  // race TestRaceChanItselfRecv
    done.send();
  });
  c = other;  // race TestRaceChanItselfRecv
  done.recv();
}

CASE(TestRaceChanItselfNil) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  turn t;
  go([&c, &t, done] {
    c.send(1);  // race TestRaceChanItselfNil
    t.next();
    done.send();
  });
  t.wait(1);
  c = {};  // race TestRaceChanItselfNil
  done.recv();
}

CASE(TestRaceChanItselfClose) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  go([&c, done] {
    c.close();  // race TestRaceChanItselfClose
    done.send();
  });
  c = make_chan<int>(20);  // race TestRaceChanItselfClose
  done.recv();
}

CASE(TestRaceChanItselfLen) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  go([&c, done] {
    side = static_cast<int>(c.len());  // race TestRaceChanItselfLen
    done.send();
  });
  c = make_chan<int>(20);  // race TestRaceChanItselfLen
  done.recv();
}

CASE(TestRaceChanItselfCap) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  go([&c, done] {
    side = static_cast<int>(c.cap());  // race TestRaceChanItselfCap
    done.send();
  });
  c = make_chan<int>(20);  // race TestRaceChanItselfCap
  done.recv();
}

CASE(TestNoRaceChanItself) {
  auto c = make_chan<int>(10);
  auto done = make_chan<void>(1);
  go([&c, done] {
    c.send(1);
    done.send();
  });
  done.recv();
  c = make_chan<int>(20);
  go([&c, done] {
    for (int i = 0; i < 3; ++i) c.send(i);
    done.send();
  });
  side = static_cast<int>(c.len() + c.cap());  // two who read it
  done.recv();
}

int main(int argc, char** argv) { return run_case(argc, argv); }
