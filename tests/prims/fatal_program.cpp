// Named cases that end the program, or must not: run by fatal_test.cpp as subprocesses.
#include <cstring>
#include <mutex>

#include "fixture.hpp"

namespace {

using namespace gosan;
using reason = gosan::events::wait_reason;
using namespace gosan::test;

// Lets a goroutine wait on an object, then destroys the object under it.
template <class T, class F>
void destroy_under(T* object, reason why, F waits) {
  go([=] { waits(*object); });
  await_parked(why);
  delete object;
}

wait_group global_group;
mutex global_mutex;

void leave_goroutines_in_global_objects() {
  global_group.add();
  global_mutex.lock();
  go([] { global_group.wait(); });
  go([] { global_mutex.lock(); });
  await_parked(reason::wait_group_wait);
  await_parked(reason::mutex_lock);
}

int run_case(const char* name) {
  auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  if (is("mutex")) {
    auto* m = new mutex;
    m->lock();
    destroy_under(m, reason::mutex_lock, [](mutex& m) { m.lock(); });
  } else if (is("shared_mutex")) {
    auto* m = new shared_mutex;
    m->lock();
    destroy_under(m, reason::shared_lock, [](shared_mutex& m) { m.lock_shared(); });
  } else if (is("wait_group")) {
    auto* g = new wait_group;
    g->add();
    destroy_under(g, reason::wait_group_wait, [](wait_group& g) { g.wait(); });
  } else if (is("semaphore")) {
    destroy_under(new semaphore(0), reason::sem_acquire, [](semaphore& s) { s.acquire(); });
  } else if (is("barrier")) {
    destroy_under(new barrier(2), reason::barrier_wait, [](barrier& b) { b.arrive_and_wait(); });
  } else if (is("condition_variable")) {
    destroy_under(new condition_variable, reason::cond_wait, [](condition_variable& cv) {
      mutex m;
      std::unique_lock hold(m);
      cv.wait(hold);
    });
  } else if (is("exit")) {
    leave_goroutines_in_global_objects();
  } else if (is("unhandled")) {
    make_chan<int>().close();
    chan<int>{}.close();
  } else {
    return 99;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run([&] { return argc == 2 ? run_case(argv[1]) : 99; });
}
