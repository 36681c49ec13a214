#include <gosan/gosan.hpp>

#include <pthread.h>
#include <mutex>

void use(int);
bool failed();
void risky();

// ---- What it flags ----

void returns_early(gosan::mutex& m) {
  m.lock();             // note: locked here
  if (failed()) return; // expect: gosan-missing-unlock
  use(1);
  m.unlock();  // note: other paths unlock it here
}

void throws(gosan::shared_mutex& m) {
  m.lock_shared();
  if (failed()) throw 1;  // expect: gosan-missing-unlock
  m.unlock_shared();
}

void release(gosan::mutex& m) { m.unlock(); }
int unlocked_by_a_helper_on_one_path(gosan::mutex& m, bool early) {
  m.lock();
  if (early) return 1;  // expect: gosan-missing-unlock
  release(m);
  return 0;
}

void throws_what_is_not_caught(gosan::mutex& m, bool bad) {
  m.lock();
  try {
    if (bad) throw 1.5;
  } catch (int) {
    use(1);
  }
  m.unlock();
}  // expect: gosan-missing-unlock

void leaves_by_a_break(gosan::mutex& m) {
  for (int i = 0; i < 3; ++i) {
    m.lock();  // note: locked here
    if (failed()) break;  // expect: gosan-missing-unlock
    m.unlock();
  }
  use(1);
}

void handler_forgets(gosan::mutex& m) {
  m.lock();
  try {
    risky();
    m.unlock();
  } catch (int) {  // expect: gosan-missing-unlock
    use(1);
  }
  use(2);
}

void handler_at_the_end(gosan::mutex& m) {
  try {
    m.lock();
    risky();
    m.unlock();
  } catch (...) {
    use(1);
  }
}  // expect: gosan-missing-unlock

// ---- Near misses ----

void guarded(gosan::mutex& m) {
  std::lock_guard hold(m);
  if (failed()) return;
}

void deferred(gosan::mutex& m) {
  m.lock();
  gosan::defer d{[&] { m.unlock(); }};
  if (failed()) return;
  if (failed()) throw 1;
}

void on_every_path(gosan::mutex& m) {
  m.lock();
  if (failed()) {
    m.unlock();
    return;
  }
  m.unlock();
}

class guard_class {
 public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  gosan::mutex mutex_;
};

void only_when_taken(gosan::mutex& m) {
  bool taken = failed();
  if (taken) m.lock();
  use(1);
  if (taken) m.unlock();
}

void waits_in_turns(gosan::mutex& m) {
  for (;;) {
    m.lock();
    if (failed()) {
      m.unlock();
      return;
    }
    m.unlock();
  }
}

// The caller holds it: given up for a while, and held again on the way out.
class waiter {
 public:
  void wait() {
    mutex_.unlock();
    use(1);
    mutex_.lock();
  }

 private:
  gosan::mutex mutex_;
};

int unlocked_by_a_helper_on_every_path(gosan::mutex& m, bool early) {
  m.lock();
  if (early) {
    release(m);
    return 1;
  }
  release(m);
  return 0;
}

void behind_a_try_block(gosan::mutex& m) {
  m.lock();
  try {
    risky();
  } catch (int) {
    use(1);
  }
  m.unlock();
}

void unlocks_behind_the_loop(gosan::mutex& m) {
  bool found = false;
  for (int i = 0; i < 3; ++i) {
    m.lock();
    if (failed()) {
      found = true;
      break;
    }
    m.unlock();
  }
  if (found) m.unlock();
}

void unlocks_before_the_break(gosan::mutex& m) {
  for (int i = 0; i < 3; ++i) {
    m.lock();
    if (failed()) {
      m.unlock();
      break;
    }
    m.unlock();
  }
  use(1);
}

void endless_until_found(gosan::mutex& m) {
  for (;;) {
    m.lock();
    if (failed()) break;
    m.unlock();
  }
  use(1);
  m.unlock();
}

void handler_unlocks(gosan::mutex& m) {
  m.lock();
  try {
    risky();
    m.unlock();
  } catch (int) {
    m.unlock();
    use(1);
  }
  use(2);
}

// Neither lock() nor unlock() is what a handler is for.
void nothing_else_throws(gosan::mutex& m, int& n) {
  try {
    m.lock();
    ++n;
    m.unlock();
  } catch (...) {
    use(1);
  }
  use(2);
}

void released_by_a_helper_behind_the_loop(gosan::mutex& m) {
  bool found = false;
  for (int i = 0; i < 3 && !found; ++i) {
    m.lock();
    found = failed();
    if (found) break;
    m.unlock();
  }
  if (found) release(m);
}

// ---- A lock that says by a number that it was not taken ----

bool signals();

void refused(pthread_mutex_t* m) {
  if (pthread_mutex_lock(m)) throw 1;
  use(1);
  pthread_mutex_unlock(m);
}

int refused_by_value(pthread_mutex_t* m) {
  const int error = pthread_mutex_lock(m);
  if (error != 0) return error;
  use(1);
  pthread_mutex_unlock(m);
  return 0;
}

int taken_in_the_branch(pthread_mutex_t* m) {
  if (0 == pthread_mutex_lock(m)) {
    use(1);
    pthread_mutex_unlock(m);
    return 0;
  }
  return 1;
}

void refused_among_others(pthread_mutex_t* m) {
  if (failed() || pthread_mutex_lock(m) != 0) return;
  use(1);
  pthread_mutex_unlock(m);
}

int leaves_locked(pthread_mutex_t* m) {
  int error = pthread_mutex_lock(m);
  if (error) return error;
  if (failed()) return 1;  // expect: gosan-missing-unlock
  pthread_mutex_unlock(m);
  return 0;
}

void leaves_locked_in_the_branch(pthread_mutex_t* m) {
  if (pthread_mutex_lock(m) == 0) {
    if (signals()) return;  // expect: gosan-missing-unlock
    pthread_mutex_unlock(m);
  }
}

// ---- Locks of the user's own ----

class thin_mutex {
 public:
  void acquire() { mutex_.lock(); }
  void release() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};
class thin_guard {
 public:
  explicit thin_guard(thin_mutex& m) : mutex_(m) { mutex_.acquire(); }
  ~thin_guard() { mutex_.release(); }

 private:
  thin_mutex& mutex_;
};
class by_wrapper {
 public:
  bool leaves_locked() {
    mutex_.acquire();  // note: locked here
    if (failed()) return false;  // expect: gosan-missing-unlock
    mutex_.release();
    return true;
  }
  bool right() {
    mutex_.acquire();
    bool good = !failed();
    mutex_.release();
    return good;
  }
  bool by_guard() {
    thin_guard hold(mutex_);
    if (failed()) return false;
    return true;
  }
  // Entered with the lock held.
  void let_go_meanwhile() {
    mutex_.release();
    bool bad = failed();
    mutex_.acquire();
    if (bad) return;
    mutex_.release();
    mutex_.acquire();
  }
  void begin() { mutex_.acquire(); }
  void end() { mutex_.release(); }

 private:
  thin_mutex mutex_;
};
bool between_begin_and_end(by_wrapper& w) {
  w.begin();
  bool good = !failed();
  w.end();
  return good;
}

class turnstile {
 public:
  bool enter() {
    mutex_.lock();
    if (failed()) {
      mutex_.unlock();
      return false;
    }
    return true;
  }
  bool keeps() {
    mutex_.lock();
    if (failed()) {
      mutex_.unlock();
      return true;
    }
    return false;  // expect: gosan-missing-unlock
  }
  void leave() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};
class without_a_way_out {
 public:
  bool enter() {
    mutex_.lock();
    if (failed()) {
      mutex_.unlock();
      return false;
    }
    return true;  // expect: gosan-missing-unlock
  }

 private:
  std::mutex mutex_;
};

struct account {
  std::mutex mutex;
  int balance;
};
bool lock_if_solvent(account& a, int need) {
  a.mutex.lock();
  if (a.balance < need) {
    a.mutex.unlock();
    return false;
  }
  return true;
}
bool withdraw(account& a, int n) {
  if (!lock_if_solvent(a, n)) return false;
  a.balance -= n;
  a.mutex.unlock();
  return true;
}
bool lock_if_empty(account* a) {
  a->mutex.lock();
  if (a->balance) {
    a->mutex.unlock();
    return true;
  }
  return false;  // expect: gosan-missing-unlock
}
bool lock_if_full(account& a) {
  a.mutex.lock();
  if (!a.balance) {
    a.mutex.unlock();
    return false;
  }
  return true;  // expect: gosan-missing-unlock
}
// Takes the lock itself: it gives up its own.
void empty(account& a, account& other) {
  if (!lock_if_empty(&a) && lock_if_full(other)) other.balance = 0;
  a.mutex.lock();
  a.mutex.unlock();
}
