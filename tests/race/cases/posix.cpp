// POSIX threads and what orders them through the kernel.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>

#include "case.hpp"

namespace {
using body = std::function<void()>;
pthread_t start(body f) {
  pthread_t t;
  auto run = [](void* p) -> void* {
    (*static_cast<body*>(p))();
    delete static_cast<body*>(p);
    return nullptr;
  };
  pthread_create(&t, nullptr, run, new body(std::move(f)));
  return t;
}
void join(pthread_t t) { pthread_join(t, nullptr); }
}  // namespace

CASE(create_join) {
  int x = 1;
  const pthread_t t = start([&] { x = 2; });  // race create_join
  if (wrong) x = 3;                           // race create_join
  join(t);
  x = 4;
}

CASE(detach_and_semaphore) {
  static sem_t done;
  sem_init(&done, 0, 0);
  pthread_detach(start([=] {
    if (wrong) sem_post(&done);
    side = 1;  // race detach_and_semaphore
    if (!wrong) sem_post(&done);
  }));
  while (sem_trywait(&done)) usleep(100);
  side = 2;  // race detach_and_semaphore
}

CASE(detached_after_its_end) {
  // The pthread_t comes again at once: who joins the thread that has it then must not be taken to have waited for the former.
  static std::atomic<pid_t> id{0};
  const pthread_t former = start([] { id = gettid(); });
  while (!id || !tgkill(getpid(), id, 0)) usleep(100);
  pthread_detach(former);
  int x = 0;
  const pthread_t t = start([&] { x = 1; });  // race detached_after_its_end
  if (!pthread_equal(t, former)) std::abort();
  if (wrong) x = 2;  // race detached_after_its_end
  join(t);
  x = 3;
}

CASE(mutex_kinds) {
  static pthread_mutex_t fast = PTHREAD_MUTEX_INITIALIZER, recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  static int a, b;
  auto work = [=] {
    for (int i = 0; i < 50; ++i) {
      pthread_mutex_lock(&fast);
      ++a;
      pthread_mutex_unlock(&fast);
      pthread_mutex_lock(&recursive);
      pthread_mutex_lock(&recursive);
      ++b;
      pthread_mutex_unlock(&recursive);
      ++b;
      pthread_mutex_unlock(&recursive);
    }
  };
  const pthread_t s = start([=] { if (wrong) ++side; }), t = start(work);  // race mutex_kinds
  if (wrong) ++side;                                                       // race mutex_kinds
  work();
  join(t);
  join(s);
}

CASE(rwlock) {
  pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
  int x = 0;
  const pthread_t writer = start([&] {
    for (int i = 0; i < 50; ++i) {
      wrong ? pthread_rwlock_rdlock(&l) : pthread_rwlock_wrlock(&l);
      ++x;  // race rwlock
      pthread_rwlock_unlock(&l);
    }
  });
  const pthread_t reader = start([&] {
    for (int i = 0; i < 50; ++i) {
      pthread_rwlock_rdlock(&l);
      if (x < 0) std::puts("?");  // race rwlock
      pthread_rwlock_unlock(&l);
    }
  });
  join(writer);
  join(reader);
  pthread_rwlock_destroy(&l);
}

CASE(spin) {
  pthread_spinlock_t l;
  pthread_spin_init(&l, 0);
  int x = 0;
  auto work = [&] {
    if (wrong) ++x;  // race spin
    for (int i = 0; i < 50; ++i) pthread_spin_lock(&l), ++x, pthread_spin_unlock(&l);
  };
  const pthread_t t = start(work);
  work();
  join(t);
  pthread_spin_destroy(&l);
}

CASE(barrier) {
  pthread_barrier_t b;
  pthread_barrier_init(&b, nullptr, 3);
  int cells[3] = {};
  auto work = [&](int me) {
    for (int r = 0; r < 10; ++r) {
      cells[me] = r;                                        // race barrier
      if (!wrong) pthread_barrier_wait(&b);
      if (cells[(me + 1) % 3] > 100) std::puts("?");        // race barrier
      if (!wrong) pthread_barrier_wait(&b);
    }
  };
  pthread_t t[3];
  for (int i = 0; i < 3; ++i) t[i] = start([&, i] { work(i); });
  for (pthread_t each : t) join(each);
  pthread_barrier_destroy(&b);
}

CASE(once) {
  static pthread_once_t control = PTHREAD_ONCE_INIT;
  static int made;
  auto work = [=](int i) {
    pthread_once(&control, [] { made = 1; });
    if (made != 1) std::puts("?");
    if (wrong) side = i;  // race once
  };
  const pthread_t a = start([=] { work(1); }), b = start([=] { work(2); });
  join(a);
  join(b);
}

CASE(key_destructor) {
  // The joiner is after the destructors of the thread's keys.
  static int x;
  static pthread_key_t key;
  pthread_key_create(&key, [](void*) { x = 1; });  // race key_destructor
  const pthread_t t = start([] { pthread_setspecific(key, &x); });
  if (wrong) x = 2;  // race key_destructor
  join(t);
  x = 3;
}

CASE(timed_condition) {
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t c = PTHREAD_COND_INITIALIZER;
  int ready = 0;
  const pthread_t t = start([&] {
    if (wrong) side = 1;  // race timed_condition
    pthread_mutex_lock(&m);
    timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    pthread_cond_timedwait(&c, &m, &soon);  // times out
    ready = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m);
  });
  if (wrong) side = 2;  // race timed_condition
  pthread_mutex_lock(&m);
  while (!ready) pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  join(t);
}

CASE(cancelled) {
  const pthread_t t = start([] {
    pthread_cleanup_push([](void*) { side = 1; }, nullptr);  // race cancelled
    for (;;) pause();
    pthread_cleanup_pop(0);
  });
  if (wrong) side = 2;  // race cancelled
  pthread_cancel(t);
  join(t);
  side = 3;
}

CASE(epoll_and_timer) {
  const int counter = eventfd(0, 0), poller = epoll_create1(0), clock = timerfd_create(CLOCK_MONOTONIC, 0);
  epoll_event e{};
  e.events = EPOLLIN;
  epoll_ctl(poller, EPOLL_CTL_ADD, counter, &e);
  int x = 0;
  const pthread_t t = start([&] {
    itimerspec soon{{0, 0}, {0, 1000000}};
    timerfd_settime(clock, 0, &soon, nullptr);
    unsigned long n;
    if (read(clock, &n, sizeof n) != sizeof n) std::puts("?");
    x = 1;  // race epoll_and_timer
    eventfd_write(counter, 1);
  });
  if (wrong) x = 2;  // race epoll_and_timer
  while (epoll_wait(poller, &e, 1, -1) != 1) {
  }
  eventfd_t value;
  eventfd_read(counter, &value);
  x = 2;
  join(t);
}

CASE(readiness_is_an_order) {
  // Who sees a descriptor ready is after who made it so, also before it reads.
  int ends[2], x = 0;
  if (pipe(ends)) return;
  const pthread_t t = start([&] {
    x = 1;  // race readiness_is_an_order
    if (write(ends[1], "x", 1) != 1) std::puts("?");
  });
  if (wrong) x = 2;  // race readiness_is_an_order
  pollfd p{ends[0], POLLIN, 0};
  while (poll(&p, 1, -1) != 1) {
  }
  x = 2;
  join(t);
}

CASE(closed_pipe) {
  // The end of the file is seen because the other end was closed.
  int ends[2], x = 0;
  char byte;
  if (pipe(ends)) return;
  const pthread_t t = start([&] {
    x = 1;  // race closed_pipe
    close(ends[1]);
  });
  if (wrong) x = 2;  // race closed_pipe
  if (read(ends[0], &byte, 1) != 0) std::puts("?");
  x = 2;
  join(t);
}

CASE(stdio) {
  FILE* f = std::tmpfile();
  auto work = [=](int n) {
    for (int i = 0; i < 50; ++i) std::fprintf(f, "line %d of %d\n", i, n), std::fputs("more\n", f);
    std::fflush(f);
    if (wrong) side = n;  // race stdio
  };
  const pthread_t a = start([=] { work(1); }), b = start([=] { work(2); });
  join(a);
  join(b);
  std::rewind(f);
  char line[64];
  while (std::fgets(line, sizeof line, f))
    if (line[0] != 'l' && line[0] != 'm') std::puts("?");
  std::fclose(f);
}

CASE(sorting_and_environment) {
  auto work = [] {
    int v[100];
    for (int i = 0; i < 100; ++i) v[i] = (i * 37) % 101;
    std::qsort(v, 100, sizeof *v, [](const void* a, const void* b) { return *static_cast<const int*>(a) - *static_cast<const int*>(b); });
    if (v[0] > v[99] || !std::getenv("PATH")) std::puts("?");
    char text[64];
    std::snprintf(text, sizeof text, "%d %s %.3f", v[3], "text", 3.5);
    if (std::atoi(text) != v[3] || std::strtod("2.5", nullptr) != 2.5) std::puts("?");
    tm when;
    const time_t now = time(nullptr);
    localtime_r(&now, &when);
    std::strftime(text, sizeof text, "%Y", &when);
  };
  const pthread_t a = start(work), b = start([=] { if (wrong) side = 1; });  // race sorting_and_environment
  if (wrong) side = 2;  // race sorting_and_environment
  work();
  join(a);
  join(b);
}

CASE(timer_thread) {
  static sem_t fired;
  sem_init(&fired, 0, 0);
  sigevent how{};
  how.sigev_notify = SIGEV_THREAD;
  how.sigev_notify_function = [](sigval) {
    side = 1;  // race timer_thread
    sem_post(&fired);
  };
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &how, &timer)) return;
  itimerspec soon{{0, 0}, {0, 1000000}};
  timer_settime(timer, 0, &soon, nullptr);
  if (wrong) side = 2;  // race timer_thread
  while (sem_wait(&fired)) {
  }
  side = 3;
  timer_delete(timer);
}

CASE(child_process) {
  int x = 0;
  const pthread_t t = start([&] { x = 1; });  // race child_process
  if (wrong) x = 2;                           // race child_process
  join(t);
  const pid_t child = fork();
  if (child == 0) {
    std::thread inner([&] { x = 5; });
    inner.join();
    _exit(x == 5 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status) std::puts("the child failed");
}

CASE(signal_handler) {
  static volatile sig_atomic_t seen;
  signal(SIGUSR1, [](int) { seen = 1; });
  const pthread_t t = start([=] {
    if (wrong) side = 1;  // race signal_handler
    while (!seen) usleep(100);
  });
  if (wrong) side = 2;  // race signal_handler
  pthread_kill(t, SIGUSR1);
  join(t);
}

int main(int argc, char** argv) { return run_case(argc, argv); }
