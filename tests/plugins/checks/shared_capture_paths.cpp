// checks: -*,gosan-shared-capture
// Accesses further down than the goroutine's body: in methods, in functions that get a reference, in goroutines of goroutines, and in
// those that a call leaves running.
#include <gosan/gosan.hpp>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

void unseen();
inline void use(int) {}

// ---- Own containers, several calls deep ----

class table {
 public:
  void insert(int k) { keys_[size_++] = k; }
  void erase_last() { --size_; }
  bool contains(int k) const {
    for (int i = 0; i < size_; ++i)
      if (keys_[i] == k) return true;
    return false;
  }
  int size() const { return size_; }

 private:
  int keys_[8] = {};
  int size_ = 0;
};

struct transaction {
  table buffer;
  std::shared_mutex m;
  std::string name;
};

void reset(table& t) {
  while (t.size() > 0) t.erase_last();
}

void reset_and_look_up() {
  auto t = new transaction;
  gosan::wait_group all;
  all.go([t] {
    reset(t->buffer);  // expect: gosan-shared-capture
  });
  all.go([t] { (void)t->buffer.contains(1); });  // note: by this call
  all.wait();
}
void reset_and_look_up_locked() {
  auto t = new transaction;
  gosan::wait_group all;
  all.go([t] {
    std::lock_guard hold(t->m);
    reset(t->buffer);
  });
  all.go([t] {
    std::shared_lock hold(t->m);
    (void)t->buffer.contains(1);
  });
  all.wait();
}
void a_table_each() {
  auto t = new transaction, u = new transaction;
  gosan::wait_group all;
  all.go([t] { reset(t->buffer); });
  all.go([u] { (void)u->buffer.contains(1); });
  all.wait();
}
void own_copies() {
  table t;
  gosan::wait_group all;
  for (int i = 0; i < 3; ++i) all.go([t]() mutable { reset(t); });
  all.wait();
}
void only_looked_up() {
  table t;
  t.insert(1);
  gosan::wait_group all;
  for (int i = 0; i < 3; ++i) all.go([&t] { (void)t.contains(1); });
  all.wait();
  t.insert(2);
}
void write_under_a_read_lock() {
  auto t = new transaction;
  gosan::wait_group all;
  for (int i = 0; i < 2; ++i)
    all.go([t] {
      std::shared_lock hold(t->m);
      t->buffer.insert(1);  // expect: gosan-shared-capture
    });
  all.wait();
}

// ---- The lock at the access, not any lock of the body ----

struct cacher {
  std::mutex m;
  table watchers;
  int dispatched = 0;
  bool stopped = false;

  void dispatch() {
    {
      std::lock_guard hold(m);
      watchers.insert(1);
    }
    (void)watchers.size();
  }
  void dispatch_locked() {
    std::lock_guard hold(m);
    watchers.insert(1);
    (void)watchers.size();
  }
  void dispatch_copy() {
    m.lock();
    table seen = watchers;
    m.unlock();
    (void)seen.size();
    std::lock_guard hold(m);
    watchers.insert(1);
  }
  // Whoever is told by what the lock guards that it is his turn.
  void dispatch_in_turn() {
    {
      std::lock_guard hold(m);
      if (stopped) return;
      stopped = true;
    }
    ++dispatched;
  }
};

void emptied_under_the_lock_and_walked_without() {
  auto c = new cacher;
  for (int i = 0; i < 3; ++i) gosan::go([c] { c->dispatch(); });  // expect: gosan-shared-capture
}
void all_under_the_lock() {
  auto c = new cacher;
  for (int i = 0; i < 3; ++i) gosan::go([c] { c->dispatch_locked(); });
  for (int i = 0; i < 3; ++i) gosan::go([c] { c->dispatch_copy(); });
}
void the_lock_tells_whose_turn_it_is() {
  auto c = new cacher;
  for (int i = 0; i < 3; ++i) gosan::go([c] { c->dispatch_in_turn(); });
}
void a_lock_as_a_gate() {
  auto c = new cacher;
  std::lock_guard hold(c->m);
  gosan::go([c] {
    { std::lock_guard wait_for_the_start(c->m); }
    (void)c->watchers.size();
  });
  c->watchers.insert(1);
}

// ---- What a call leaves running ----

template <class T>
T* started() {
  auto c = new T;
  gosan::go([c] { c->dispatch(); });
  return c;
}
void the_caller_too() {
  auto c = started<cacher>();
  c->watchers.insert(2);  // expect: gosan-shared-capture
}
void the_caller_waits_for_each_of_its_own() {
  auto c = started<cacher>();
  for (int i = 0; i < 3; ++i) {
    gosan::wait_group one;
    one.go([c] { c->dispatch(); });  // expect: gosan-shared-capture
    one.wait();
  }
}
cacher* started_locked() {
  auto c = new cacher;
  gosan::go([c] { c->dispatch_locked(); });
  return c;
}
void the_caller_locks() {
  auto c = started_locked();
  std::lock_guard hold(c->m);
  c->watchers.insert(2);
}
void each_call_makes_its_own() {
  auto one = started_locked();
  auto other = started_locked();
  (void)one, (void)other;
}
struct command {
  gosan::chan<void> done = gosan::make_chan<void>();
  int status = 0;
};
command* run_command() {
  auto c = new command;
  gosan::go([c] {
    c->status = 1;
    c->done.close();
  });
  return c;
}
int waits_for_what_was_left() {
  auto c = run_command();
  c->done.recv();
  return c->status;
}
int does_not_wait_for_what_was_left() {
  auto c = run_command();
  return c->status;  // expect: gosan-shared-capture
}

// ---- Goroutines of goroutines ----

struct client {
  table reactions;
  bool ended = false;
  void install() { reactions.insert(1); }
  void invoke() const { (void)reactions.contains(1); }
};
void controller(client* c) {
  gosan::wait_group workers;
  workers.go([c] { c->invoke(); });
  workers.wait();
}
void installed_too_late() {
  auto c = new client;
  gosan::wait_group group;
  group.go([c] { controller(c); });
  c->install();  // expect: gosan-shared-capture
  group.wait();
}
void installed_before() {
  auto c = new client;
  c->install();
  gosan::wait_group group;
  group.go([c] { controller(c); });
  group.wait();
  c->install();
}

void reconcile(client* c) {
  gosan::go([c] {
    gosan::go([c] { use(c->ended); });
  });
}
void left_two_generations_down() {
  auto c = new client;
  reconcile(c);
  c->ended = true;  // expect: gosan-shared-capture
}
void reconcile_and_tell(client* c, gosan::wait_group& all) {
  all.add(1);
  gosan::go([c, &all] {
    gosan::go([c, &all] {
      use(c->ended);
      all.done();
    });
  });
}
void waits_for_two_generations() {
  auto c = new client;
  gosan::wait_group all;
  reconcile_and_tell(c, all);
  all.wait();
  c->ended = true;
}

int interval = 10, careful_interval = 10;
std::mutex interval_lock;
void send_loop() { use(interval); }
void careful_loop() {
  std::lock_guard hold(interval_lock);
  use(careful_interval);
}
void watch() {
  gosan::go([] { send_loop(); });
}
void careful_watch() {
  gosan::go([] { careful_loop(); });
}
void a_global_two_generations_down() {
  gosan::wait_group all;
  all.go([] { interval = 3; });  // expect: gosan-shared-capture
  all.go([] { watch(); });       // note: by this call
  all.wait();
}
void a_global_under_its_lock() {
  gosan::wait_group all;
  all.go([] {
    std::lock_guard hold(interval_lock);
    careful_interval = 3;
  });
  all.go([] { careful_watch(); });
  all.wait();
}

// ---- What may come before ----

struct lessor {
  gosan::chan<void> stop = gosan::make_chan<void>();
  int rate = 1;

  void loop() {
    for (int i = 0; i < 10; ++i) {
      use(rate);
      if (gosan::select(gosan::recv_case(stop), gosan::default_case()) == 0) return;
      if (gosan::select(gosan::recv_case(gosan::after(std::chrono::seconds(1))), gosan::recv_case(stop)) == 1) return;
    }
  }
  void loop_when_told() {
    stop.recv();
    use(rate);
  }
  void loop_if_told() {
    if (gosan::select(gosan::recv_case(stop), gosan::default_case()) != 0) return;
    use(rate);
  }
  void loop_after_unseen() {
    unseen();
    use(limits.size());
  }
  table limits;
};
void a_default_and_a_timer_order_nothing() {
  auto l = new lessor;
  gosan::go([l] { l->loop(); });
  l->rate = 2;  // expect: gosan-shared-capture
}
void what_was_received_may_have_told() {
  auto l = new lessor;
  gosan::go([l] { l->loop_when_told(); });
  gosan::go([l] { l->loop_if_told(); });
  gosan::go([l] { l->loop_after_unseen(); });
  l->rate = 2;
  l->limits.insert(1);
  l->stop.close();
}

// ---- Atomic on one side ----

struct statistics {
  long hits = 0, misses = 0;
};
struct counted {
  statistics s;
  void hit() { std::atomic_ref(s.hits).fetch_add(1); }
  statistics copied() const { return s; }
  statistics loaded() { return {std::atomic_ref(s.hits).load(), std::atomic_ref(s.misses).load()}; }
};
void copied_as_a_whole() {
  auto c = new counted;
  gosan::wait_group all;
  for (int i = 0; i < 2; ++i)
    all.go([c] {
      c->hit();  // expect: gosan-shared-capture
      (void)c->copied();
    });
  all.wait();
}
void loaded_one_by_one() {
  auto c = new counted;
  gosan::wait_group all;
  for (int i = 0; i < 2; ++i)
    all.go([c] {
      c->hit();
      (void)c->loaded();
    });
  all.wait();
}
