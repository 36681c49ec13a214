// Channels, wait groups, once, timers: the rows of Go's own race tests, by the name of the row.
#include <gtest/gtest.h>

#include <vector>

#include "world.hpp"

namespace gosan::test {
namespace {

struct two {
  world w;
  actor a = w.main(), b = w.go(a), c = w.go(a);
};

TEST(channel, TestNoRaceChanSyncRev) {
  two t;
  channel ch(t.a, 0);
  t.b.write(t.w.x);
  ch.meet(t.a, t.b);  // b receives, parked; a sends
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, rendezvous_orders_the_receiver_after_the_sender) {
  two t;
  channel ch(t.a, 0);
  t.a.write(t.w.x);
  ch.meet(t.b, t.a);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
  t.a.write(t.w.y);
  t.b.write(t.w.y);
  EXPECT_TRUE(t.w.raced(t.w.y));
}

TEST(channel, TestRaceChanAsyncRev) {
  two t;
  channel ch(t.a, 10);
  ch.send(t.a);
  t.b.write(t.w.x);
  ch.recv(t.b);
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(channel, buffered_send_orders_its_receive) {
  two t;
  channel ch(t.a, 10);
  t.a.write(t.w.x);
  ch.send(t.a);
  ch.recv(t.b);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestNoRaceChanAsyncCloseRecv) {
  two t;
  channel ch(t.a, 10);
  t.a.write(t.w.x);
  ch.close(t.a);
  ch.recv_closed(t.b);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestRaceChanSyncCloseSend) {
  two t;
  channel ch(t.a, 0);
  t.a.write(t.w.x);
  ch.close(t.a);
  t.b.runs();
  ch.begin_send(t.b);
  EXPECT_EQ(t.w.misuses(), 1u);
}

TEST(channel, TestRaceChanCloseSend) {
  two t;
  channel ch(t.a, 10);
  ch.send(t.b);
  t.a.runs();
  ch.close(t.a);
  EXPECT_EQ(t.w.misuses(), 1u);
}

TEST(channel, ordered_send_and_close_are_silent) {
  two t;
  channel ch(t.a, 10), done(t.a, 1);
  ch.send(t.b);
  done.send(t.b);
  done.recv(t.a);
  ch.close(t.a);
  EXPECT_TRUE(t.w.silent());
}

// With a close the last of many sends has to be ordered.
void close_after_receiving(two& t, unsigned sends, unsigned received) {
  channel ch(t.a, 10);
  for (unsigned i = 0; i < sends; ++i) {
    t.b.runs();
    ch.send(t.b);
    if (i < received) t.a.runs(), ch.recv(t.a);
  }
  t.a.runs();
  ch.close(t.a);
}

TEST(channel, a_close_after_many_sends_and_the_receipt_of_all_is_silent) {
  two t;
  close_after_receiving(t, 20, 20);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, a_close_after_many_sends_and_the_receipt_of_all_but_one_is_not) {
  two t;
  close_after_receiving(t, 20, 19);
  EXPECT_EQ(t.w.misuses(), 1u);
}

// Of several who send in turns or in a row, the last of each has to be ordered with the close.
TEST(channel, a_close_is_ordered_with_the_last_send_of_each) {
  for (const unsigned in_a_row : {1u, 2u, 5u})
    for (unsigned unordered = 0; unordered < 4; ++unordered) {
      world w;
      const actor closer = w.main();
      channel ch(closer, 100);
      mutex m;
      std::vector<actor> senders;
      for (unsigned i = 0; i < 3; ++i) senders.push_back(w.go(closer));
      for (unsigned turn = 0; turn < 3; ++turn)
        for (const actor& s : senders)
          for (unsigned i = 0; i < in_a_row; ++i) s.runs(), ch.send(s);
      for (unsigned i = 0; i < 3; ++i)
        if (i != unordered) locked(m, senders[i], [] {});
      m.lock(closer);
      closer.runs();
      ch.close(closer);
      EXPECT_EQ(w.misuses(), unordered < 3 ? 1u : 0u) << in_a_row << " in a row, unordered " << unordered;
    }
}

TEST(channel, TestRaceChanSendSend) {
  two t;
  channel ch(t.a, 1);
  t.a.write(t.w.x);
  ch.send(t.a);
  t.b.write(t.w.x);  // its non-blocking send found the buffer full: no event
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(channel, two_senders_do_not_conflict) {
  two t;
  channel ch(t.a, 2);
  ch.send(t.a);
  ch.send(t.b);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestRaceChanWrongSend) {
  two t;
  channel ch(t.a, 2);
  t.b.write(t.w.x);
  ch.send(t.c);  // the value received is c's
  ch.send(t.b);
  ch.recv(t.a);
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(channel, TestRaceChanWrongSend_twin) {
  two t;
  channel ch(t.a, 2);
  t.b.write(t.w.x);
  ch.send(t.b);
  ch.send(t.c);
  ch.recv(t.a);
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestNoRaceProducerConsumerUnbuffered) {
  two t;
  channel ask(t.a, 0), reply(t.a, 0);
  t.a.write(t.w.x);
  ask.meet(t.b, t.a);
  t.b.write(t.w.x);
  reply.meet(t.a, t.b);
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestRaceChanItselfSend) {
  two t;
  t.a.write(t.w.x);  // the variable that holds the handle
  t.b.read(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(channel, TestNoRaceChanMutex) {
  two t;
  channel lock(t.a, 1);
  for (const actor& g : {t.a, t.b, t.c, t.a, t.b}) {
    lock.send(g);
    g.write(t.w.x);
    lock.recv(g);
  }
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestRaceChanSem) {
  two t;
  channel sem(t.a, 2);
  sem.send(t.b);
  sem.send(t.c);
  t.b.write(t.w.x);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(channel, TestNoRaceBlockedSendSync) {
  two t;
  channel ch(t.a, 1);
  ch.send(t.a);
  t.b.write(t.w.x);
  ch.begin_send(t.b);  // parks: the buffer is full
  ch.recv(t.a);
  ch.put(t.b);  // moved into the buffer by a's receive
  t.b.runs();
  ch.recv(t.c);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(channel, TestNoRaceElemetSize0) {
  two t;
  channel ch(t.a, 2);
  t.b.write(t.w.x);
  ch.send(t.a), ch.send(t.a);
  ch.recv(t.b);
  ch.send(t.a);  // the third send, after the first receive
  t.a.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

// "chanmm": receive by 1, completion of the send blocked till then, receive of that by 2: no chain, because a receive is
// before the completion of the (k+C)-th send and not before its start.
TEST(channel, chanmm) {
  world w;
  actor a = w.main(), first = w.go(a), second = w.go(a), sender = w.go(a);
  channel ch(a, 1);
  ch.send(a);
  ch.begin_send(sender);
  first.write(w.x);
  ch.recv(first);
  ch.put(sender);
  ch.recv(second);
  second.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(channel, a_timer_s_value_carries_what_preceded_arming) {
  two t;
  channel ch(t.a, 1);
  const std::uint64_t timer = fresh_id();
  t.a.write(t.w.x);
  t.a.emit(kind::timer_arm, timer);
  t.a.write(t.w.y);
  event e;
  e.what = kind::chan_send_timer;
  e.obj = ch.id;
  e.b = timer;
  race::on_event(e);
  ch.recv(t.b);
  t.b.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
  t.b.write(t.w.y);
  EXPECT_TRUE(t.w.raced(t.w.y));
}

TEST(timer, TestNoRaceAfterFunc) {
  world w;
  actor a = w.main(), f{fresh_id()};
  const std::uint64_t timer = fresh_id();
  a.write(w.x);
  a.emit(kind::timer_arm, timer);
  f.emit(kind::timer_fire, timer);
  f.write(w.x);
  EXPECT_TRUE(w.silent());
}

TEST(timer, TestRaceAfterFunc3) {
  world w;
  actor a = w.main(), f{fresh_id()}, g{fresh_id()};
  const std::uint64_t one = fresh_id(), two = fresh_id();
  a.emit(kind::timer_arm, one);
  a.emit(kind::timer_arm, two);
  f.emit(kind::timer_fire, one);
  g.emit(kind::timer_fire, two);
  f.write(w.x);
  g.write(w.x);
  EXPECT_TRUE(w.raced(w.x));
}

TEST(wait_group, TestRaceWaitGroup) {
  two t;
  wait_group g;
  g.add(t.a, 2);
  t.b.write(t.w.x);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

TEST(wait_group, TestNoRaceWaitGroupTransitive) {
  two t;
  wait_group g;
  g.add(t.a, 2);
  t.b.write(t.w.x);
  g.done(t.b);
  t.c.write(t.w.y);
  g.done(t.c);
  g.wait(t.a);
  t.a.write(t.w.x);
  t.a.write(t.w.y);
  EXPECT_TRUE(t.w.silent());
}

TEST(wait_group, TestNoRaceWaitGroupMultipleWait) {
  two t;
  wait_group g;
  g.wait(t.b);
  g.wait(t.c);
  EXPECT_TRUE(t.w.silent());
}

TEST(wait_group, TestRaceWaitGroupWrongAdd) {
  two t;
  wait_group g;
  g.add(t.b);
  g.begin_wait(t.a);
  g.done(t.b);
  g.end_wait(t.a);
  EXPECT_EQ(t.w.misuses(), 1u);
}

TEST(wait_group, TestRaceWaitGroupWrongAdd_the_other_way_round) {
  two t;
  wait_group g;
  g.wait(t.a);
  g.add(t.b);
  EXPECT_EQ(t.w.misuses(), 1u);
}

TEST(wait_group, TestNoRaceWaitGroupReuse) {
  world w;
  actor a = w.main();
  wait_group g;
  for (int round = 0; round < 3; ++round) {
    g.add(a, 2);
    actor b = w.go(a), c = w.go(a);
    g.done(b);
    g.done(c);
    g.wait(a);
  }
  EXPECT_TRUE(w.silent());
}

TEST(wait_group, TestNoRaceWaitGroupConcurrentAdd) {
  two t;
  wait_group g;
  channel ready(t.a, 2);
  g.add(t.b);
  ready.send(t.b);
  g.done(t.b);
  g.add(t.c);
  ready.send(t.c);
  ready.recv(t.a);
  ready.recv(t.a);
  g.begin_wait(t.a);
  g.done(t.c);
  g.end_wait(t.a);
  EXPECT_TRUE(t.w.silent());
}

TEST(once, its_call_precedes_every_return) {
  two t;
  const std::uint64_t once = fresh_id();
  t.b.write(t.w.x);
  t.b.emit(kind::once_done, once);
  t.c.emit(kind::once_seen, once);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(pool, TestNoRacePool) {
  two t;
  const std::uint64_t item = fresh_id();
  t.b.write(t.w.x);
  t.b.emit(kind::pool_put, item);
  t.c.emit(kind::pool_get, item);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.silent());
}

TEST(pool, TestRacePool) {
  two t;
  const std::uint64_t item = fresh_id();
  t.b.emit(kind::pool_put, item);
  t.b.write(t.w.x);
  t.c.emit(kind::pool_get, item);
  t.c.write(t.w.x);
  EXPECT_TRUE(t.w.raced(t.w.x));
}

}  // namespace
}  // namespace gosan::test
