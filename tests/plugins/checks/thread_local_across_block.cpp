#include <gosan/gosan.hpp>

using namespace std::chrono_literals;

void use(int);
struct request {
  int id = 0;
};
thread_local request current;
thread_local int depth = 0;
thread_local int last = 0;
thread_local int* cache = nullptr;

// ---- What it flags ----

void keeps_a_reference(gosan::chan<int> c) {
  auto& mine = current;  // note: made here
  mine.id = 1;
  c.recv();      // note: the goroutine can be parked here
  use(mine.id);  // expect: gosan-thread-local-across-block
}

void keeps_a_pointer(gosan::mutex& m) {
  int* mine = &current.id;
  m.lock();
  *mine = 2;  // expect: gosan-thread-local-across-block
  m.unlock();
}

void sets_and_reads() {
  last = 5;
  gosan::sleep_for(1ms);
  use(last);  // expect: gosan-thread-local-across-block
}

void nested(gosan::chan<int> c) {
  ++depth;
  c.send(1);
  --depth;  // expect: gosan-thread-local-across-block
}

void waits(gosan::chan<int> c) { c.recv(); }

void in_a_helper(gosan::chan<int> c) {
  auto& mine = current;
  waits(c);
  use(mine.id);  // expect: gosan-thread-local-across-block
}

void puts_back(gosan::chan<int> c) {
  int saved = last;
  c.recv();
  last = saved;  // expect: gosan-thread-local-across-block
}

void on_one_path_only(gosan::chan<int> c, bool ask) {
  static thread_local int counter = 0;
  int& mine = counter;
  if (ask) c.recv();
  ++mine;  // expect: gosan-thread-local-across-block
}

// ---- Near misses ----

void before_only(gosan::chan<int> c) {
  auto& mine = current;
  mine.id = 1;
  use(mine.id);
  c.recv();
}

void taken_anew(gosan::chan<int> c) {
  {
    auto& mine = current;
    use(mine.id);
  }
  c.recv();
  auto& mine = current;
  use(mine.id);
}

void counts_for_each_thread(gosan::chan<int> c) {
  ++depth;
  c.recv();
  ++depth;
}

void made_once_for_each_thread(gosan::chan<int> c) {
  for (;;) {
    if (!cache) cache = new int(0);
    use(*cache);
    if (!c.recv()) return;
  }
}

void never_parks(gosan::chan<int> c) {
  auto& mine = current;
  c.try_send(1);
  gosan::select(gosan::recv_case(c), gosan::default_case());
  use(mine.id);
}

void a_copy(gosan::chan<int> c) {
  int mine = last;
  c.recv();
  use(mine);
}

void no_thread_local(gosan::chan<int> c) {
  request own;
  auto& mine = own;
  c.recv();
  use(mine.id);
}
