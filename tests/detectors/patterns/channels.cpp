// Channels: one end goes away, is used after its time, or was never there.
#include "pattern.hpp"

namespace patterns {
namespace {

// The caller gives up at a time limit; who works for it can then never deliver.
PATTERN(result_nobody_takes, stuck) {
  auto result = make_chan<int>(bug ? 0 : 1);
  go([result]() mutable {
    yield();
    result.send(42);
  });
  auto limit = make_chan<void>(1);
  limit.send();
  select(recv_case(result), recv_case(limit));
}

// The first answer wins, the others have nobody who takes them.
PATTERN(first_answer_wins, stuck) {
  auto answers = make_chan<int>(bug ? 0 : 3);
  for (int i = 0; i < 3; ++i) go([answers, i]() mutable { answers.send(i); });
  answers.recv();
}

// The consumer stops at the first error and leaves the producer behind.
PATTERN(consumer_stops_early, stuck) {
  auto items = make_chan<int>();
  auto stop = make_chan<void>();
  go([items, stop, bug]() mutable {
    for (int i = 0; i < 10; ++i) {
      if (bug) items.send(i);
      else if (select(send_case(items, i), recv_case(stop)) == 1) return;
    }
    items.close();
  });
  for (int v : items)
    if (v == 3) break;
  if (!bug) stop.close();
}

// On the path of an error nobody closes the channel that a loop reads.
PATTERN(close_missing_on_a_path, stuck) {
  auto items = make_chan<int>(4);
  auto done = make_chan<void>();
  go([items, done]() mutable {
    for ([[maybe_unused]] int v : items) continue;
    done.send();
  });
  auto produce = [items, bug](bool fails) mutable {
    items.send(1);
    if (fails && bug) return;
    items.close();
  };
  produce(true);
  if (!bug) done.recv();
}

// A select whose one living branch was never made.
PATTERN(nil_channel_in_a_select, stuck) {
  chan<int> data;
  auto stop = make_chan<void>();
  if (!bug) data = make_chan<int>(1);
  go([data, stop]() mutable { select(recv_case(data), recv_case(stop)); });
  yield();
  if (!bug) data.send(1);
}

// Two who may both be the one to close.
PATTERN(two_close, "close-of-closed data-race") {
  auto stop = make_chan<void>();
  auto once_only = std::make_shared<once>();
  wait_group wg;
  for (int i = 0; i < 2; ++i)
    wg.go([stop, once_only, bug]() mutable {
      if (bug) stop.close();
      else once_only->call([&] { stop.close(); });
    });
  wg.wait();
}

// The owner closes while others still send.
PATTERN(send_after_close, "send-on-closed data-race") {
  auto jobs = make_chan<int>(8);
  wait_group wg;
  for (int i = 0; i < 3; ++i) wg.go([jobs, i]() mutable { jobs.send(i); });
  if (!bug) wg.wait();
  jobs.close();
  if (bug) wg.wait();
}

// Unbuffered, and the one goroutine does both.
PATTERN(both_ends_in_one, stuck) {
  auto c = make_chan<int>(bug ? 0 : 1);
  go([c]() mutable {
    c.send(1);
    c.recv();
  });
  for (int i = 0; i < 5; ++i) yield();
}

// Both sides send first and receive then.
PATTERN(both_send_first, stuck) {
  auto a = make_chan<int>(), b = make_chan<int>();
  go([a, b]() mutable { a.send(1), b.recv(); });
  go([a, b, bug]() mutable {
    if (bug) b.send(2), a.recv();
    else a.recv(), b.send(2);
  });
  for (int i = 0; i < 5; ++i) yield();
}

// A semaphore made of a buffered channel: one path does not give its place back.
PATTERN(place_not_given_back, stuck) {
  auto places = make_chan<void>(2);
  wait_group started;
  started.add(4);
  for (int i = 0; i < 4; ++i)
    go([places, &started, i, bug]() mutable {
      started.done();
      places.send();
      if (bug && i % 2 == 0) return;
      places.recv();
    });
  started.wait();
  for (int i = 0; i < 5; ++i) yield();
}

// A ticker loop whose stop signal is sent only when somebody listens at that moment.
PATTERN(stop_signal_dropped, stuck) {
  auto stop = make_chan<void>(bug ? 0 : 1);
  go([stop]() mutable {
    ticker t(1ms);
    for (;;)
      if (select(recv_case(t.chan()), recv_case(stop)) == 1) return;
  });
  select(send_case(stop), default_case());
  sleep_for(5ms);
}

}  // namespace
}  // namespace patterns
