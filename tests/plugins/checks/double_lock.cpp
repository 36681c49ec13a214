#include <gosan/gosan.hpp>

#include <mutex>
#include <shared_mutex>

void use(int);
bool failed();

// ---- What it flags ----

void twice(gosan::mutex& m) {
  m.lock();  // note: locked first here
  m.lock();  // expect: gosan-double-lock
  m.unlock();
}

void guard_within_guard(std::mutex& m) {
  std::lock_guard outer(m);
  {
    std::lock_guard inner(m);  // expect: gosan-double-lock
    use(1);
  }
}

class store {
 public:
  void refresh() {
    std::lock_guard hold(mutex_);
    load();  // expect: gosan-double-lock
  }
  int read() {
    std::shared_lock hold(table_);
    return look_up();  // expect: gosan-double-lock
  }

 private:
  void load() {
    std::lock_guard hold(mutex_);  // note: locked again here
    use(1);
  }
  int look_up() {
    std::shared_lock hold(table_);
    return 1;
  }
  gosan::mutex mutex_;
  gosan::shared_mutex table_;
};

void in_the_next_turn(gosan::mutex& m) {
  for (int i = 0; i < 2; ++i) {
    m.lock();
    if (failed()) break;
    m.unlock();
  }
  m.unlock();
}

void next_turn_locks_again(gosan::mutex& m) {
  for (int i = 0; i < 2; ++i) {
    m.lock();                // note: locked here in each turn
    if (failed()) continue;  // expect: gosan-double-lock
    use(i);
    m.unlock();
  }
}

// ---- Near misses ----

void one_after_the_other(gosan::mutex& m) {
  m.lock();
  m.unlock();
  m.lock();
  m.unlock();
}

void two_locks(gosan::mutex& a, gosan::mutex& b) {
  std::lock_guard first(a);
  std::lock_guard second(b);
}

void recursive(std::recursive_mutex& m) {
  std::lock_guard first(m);
  std::lock_guard second(m);
}

void given_up_between(std::mutex& m) {
  std::unique_lock hold(m);
  hold.unlock();
  use(1);
  hold.lock();
}

void in_branches(gosan::mutex& m) {
  if (failed()) m.lock();
  else m.lock();
  m.unlock();
}

class account {
 public:
  void move_to(account& other) {
    std::scoped_lock hold(mutex_, other.mutex_);
    use(1);
  }
  void add_all(account& other) {
    std::lock_guard hold(mutex_);
    other.add();
  }
  void add() {
    std::lock_guard hold(mutex_);
    use(1);
  }

 private:
  gosan::mutex mutex_;
};

void in_another_goroutine(gosan::mutex& m) {
  std::lock_guard hold(m);
  gosan::go([&m] { std::lock_guard again(m); });
}

void another_goroutine_unlocks() {
  gosan::mutex m;
  m.lock();
  gosan::go([&m] { m.unlock(); });
  m.lock();
  m.unlock();
}

void readers_without_a_writer() {
  gosan::shared_mutex m;
  std::shared_lock one(m), two(m);
}

void given_up_at_the_start_of_a_turn(gosan::mutex& m) {
  m.lock();
  for (int i = 0; i < 2; ++i) {
    m.unlock();
    use(i);
    m.lock();
    if (failed()) continue;
    use(i);
  }
  m.unlock();
}

void unlocked_before_the_next_turn(gosan::mutex& m) {
  for (int i = 0; i < 2; ++i) {
    m.lock();
    if (failed()) {
      m.unlock();
      continue;
    }
    m.unlock();
  }
}

void only_one_turn_locks(gosan::mutex& m) {
  for (int i = 0; i < 2; ++i) {
    if (i == 0) m.lock();
    if (failed()) continue;
    use(i);
  }
}

// ---- A lock that a callee gives up before it takes it, by a lock of the user's own ----

class thin_mutex {
 public:
  void lock_it() { mutex_.lock(); }
  void unlock_it() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};
class database {
 public:
  void compact() {
    mutex_.lock_it();
    if (failed()) write();
    mutex_.unlock_it();
  }
  void compact_wrongly() {
    mutex_.lock_it();
    write_wrongly();  // expect: gosan-double-lock
    mutex_.unlock_it();
  }

 private:
  void write() { write_table(); }
  void write_table() {
    use(1);
    mutex_.unlock_it();
    use(2);
    mutex_.lock_it();
  }
  void write_wrongly() {
    mutex_.lock_it();
    use(2);
    mutex_.unlock_it();
  }
  thin_mutex mutex_;
};

// A guard that a function returns lets go when it ends, wherever that is.
class hands_out_its_guard {
 public:
  void add() {
    auto hold = locked();
    use(1);
  }
  void twice_in_turn() {
    add();
    add();
    { auto hold = wrapped(); }
    auto hold = locked();
  }
  std::unique_lock<std::mutex> locked() { return std::unique_lock(m_); }

 private:
  std::unique_lock<std::mutex> wrapped() { return locked(); }
  std::mutex m_;
};
void uses_it(hands_out_its_guard& g) {
  g.add();
  auto hold = g.locked();
  use(2);
}
