// checks: -*,gosan-double-lock,gosan-missing-unlock,gosan-lock-order,gosan-missing-done,gosan-send-after-close,gosan-unclosed-channel,gosan-blocked-send
// fix-its: 2
//
// Functions that another file defines, or nobody yet: they are taken to do what has to be done to all that they can get at.
#include <gosan/gosan.hpp>

#include <mutex>

bool failed();
void use(int);

// ---- Methods of the same object ----

class worker {
 public:
  int give_up() {
    mutex_.lock();
    if (failed()) {
      abort_locked();
      return 1;
    }
    mutex_.unlock();
    return 0;
  }
  void wait() {
    mutex_.lock();
    wait_unlocked();
    mutex_.lock();
    mutex_.unlock();
  }
  int look() {
    mutex_.lock();
    if (looks()) return 1;  // expect: gosan-missing-unlock
    mutex_.unlock();
    return 0;
  }
  int nothing() {
    mutex_.lock();
    if (failed()) return 1;  // expect: gosan-missing-unlock
    mutex_.unlock();
    return 0;
  }
  void both() {
    mutex_.lock();
    wait_unlocked();
    other_.lock();
    other_.unlock();
  }
  void the_other_way() {
    other_.lock();
    mutex_.lock();
    mutex_.unlock();
    other_.unlock();
  }
  void again() {
    mutex_.lock();
    mutex_.lock();  // expect: gosan-double-lock
    mutex_.unlock();
  }
  void run() {
    group_.add(1);
    gosan::go([this] {
      if (failed()) {
        finished();
        return;
      }
      group_.done();
    });
    group_.wait();
  }
  void run_wrongly() {
    group_.add(1);
    gosan::go([this] {
      if (failed()) return;  // expect: gosan-missing-done
      group_.done();
    });
    group_.wait();
  }
  void reopened() {
    values_.close();
    reset();
    values_.send(1);
  }
  void closed() {
    values_.close();
    values_.send(1);  // expect: gosan-send-after-close
  }

 private:
  void abort_locked();
  void wait_unlocked();
  bool looks() const;
  void finished();
  void reset();

  std::mutex mutex_, other_;
  gosan::wait_group group_;
  gosan::chan<int> values_ = gosan::make_chan<int>(3);
};

class half_typed {
 public:
  half_typed() {
    gosan::go([this] {
      for (int v : values_) use(v);
    });
  }
  void count() {
    group_.add(1);
    group_.wait();
  }
  void finish();

 private:
  gosan::chan<int> values_ = gosan::make_chan<int>();
  gosan::wait_group group_;
};
class typed {
 public:
  typed() {
    gosan::go([this] {
      for (int v : values_) use(v);  // expect: gosan-unclosed-channel
    });
  }

 private:
  gosan::chan<int> values_ = gosan::make_chan<int>();
};

// ---- Globals of another file ----

extern std::mutex their_mutex;
std::mutex our_mutex;
void release();
int released_by_others() {
  their_mutex.lock();
  if (failed()) {
    release();
    return 1;
  }
  their_mutex.unlock();
  return 0;
}
int released_by_nobody() {
  our_mutex.lock();
  if (failed()) return 1;  // expect: gosan-missing-unlock
  our_mutex.unlock();
  return 0;
}

extern gosan::wait_group their_group;
void tell();
void told_by_others() {
  their_group.add(1);
  gosan::go([] {
    if (failed()) {
      tell();
      return;
    }
    their_group.done();
  });
  their_group.wait();
}
