// Mutexes, reader/writer locks, conditions, semaphores.
#include <gtest/gtest.h>

#include "world.hpp"

namespace gosan::test {
namespace {

struct two {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(a);
};

TEST(mutex_order, TestRaceMutex) {
  two t;
  mutex m;
  t.a.write(t.w.x);
  locked(m, t.a, [] {});
  t.b.write(t.w.x);
  locked(m, t.b, [] {});
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(mutex_order, TestRaceMutex2) {
  two t;
  mutex m, n;
  locked(m, t.a, [&] { t.a.write(t.w.x); });
  locked(n, t.b, [&] { t.b.write(t.w.x); });
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(mutex_order, sections_of_one_mutex_are_ordered) {
  two t;
  mutex m;
  for (const actor& g : {t.a, t.b, t.c, t.b, t.a, t.c}) locked(m, g, [&] { g.write(t.w.x); });
  EXPECT_TRUE(t.w.silent());
}

TEST(mutex_order, TestNoRaceMutexPureHappensBefore) {
  two t;
  mutex m;
  t.a.write(t.w.x);
  locked(m, t.a, [] {});
  locked(m, t.b, [] {});
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(shared_mutex_order, TestNoRaceRWMutex) {
  two t;
  mutex m;
  locked(m, t.a, [&] { t.a.write(t.w.x); });
  read_locked(m, t.b, [&] { t.b.read(t.w.x); });
  locked(m, t.a, [&] { t.a.write(t.w.x); });
  EXPECT_TRUE(t.w.silent());
}

TEST(shared_mutex_order, TestRaceRWMutexMultipleReaders) {
  two t;
  mutex m;
  read_locked(m, t.b, [&] { t.b.write(t.w.x); });
  read_locked(m, t.c, [&] { t.c.write(t.w.x); });
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(shared_mutex_order, TestNoRaceRWMutexTransitive) {
  two t;
  mutex m;
  read_locked(m, t.b, [&] { t.b.write(t.w.x); });
  read_locked(m, t.c, [&] { t.c.write(t.w.y); });
  locked(m, t.a, [] {});
  t.a.write(t.w.x);
  t.a.write(t.w.y);
  EXPECT_TRUE(t.w.silent());
}

TEST(shared_mutex_order, a_reader_after_a_writer_knows_earlier_readers) {
  two t;
  mutex m;
  read_locked(m, t.b, [&] { t.b.write(t.w.x); });
  locked(m, t.a, [] {});
  read_locked(m, t.c, [&] { t.c.write(t.w.x); });
  EXPECT_TRUE(t.w.silent());
}

TEST(condition, TestNoRaceCond) {
  two t;
  mutex m;
  const std::uint64_t condition = fresh_id();
  m.lock(t.a);
  t.a.emit(kind::cond_wait, condition, 0, m.id);
  m.unlock(t.a);
  t.b.write(t.w.x);
  locked(m, t.b, [&] { t.b.emit(kind::cond_signal, condition, 1); });
  m.lock(t.a);
  t.a.write(t.w.x);
  m.unlock(t.a);
  EXPECT_TRUE(t.w.silent());
}

TEST(condition, a_signal_alone_orders_nothing) {
  two t;
  const std::uint64_t condition = fresh_id();
  t.b.write(t.w.x);
  t.b.emit(kind::cond_signal, condition, 1);
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(semaphore, release_precedes_acquire) {
  two t;
  const std::uint64_t s = fresh_id();
  t.b.write(t.w.x);
  t.b.emit(kind::sem_release, s, 1);
  t.c.write(t.w.y);
  t.c.emit(kind::sem_release, s, 1);
  t.a.emit(kind::sem_acquire, s, 2);
  t.a.write(t.w.x);
  t.a.write(t.w.y);
  EXPECT_TRUE(t.w.silent());
}

TEST(barrier, orders_everybody_with_everybody) {
  two t;
  const std::uint64_t bar = fresh_id();
  t.b.write(t.w.x);
  t.c.write(t.w.y);
  t.b.emit(kind::barrier_arrive, bar);
  t.c.emit(kind::barrier_arrive, bar);
  t.b.emit(kind::barrier_leave, bar);
  t.c.emit(kind::barrier_leave, bar);
  t.b.write(t.w.y);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

}  // namespace
}  // namespace gosan::test
