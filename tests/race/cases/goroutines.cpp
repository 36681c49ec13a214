// Go's idioms with C++ values: what is sent, locked, awaited and cancelled, beside threads of the system.
#include <gosan/gosan.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "case.hpp"

using namespace std::chrono_literals;

CASE(moved_strings) {
  auto c = gosan::make_chan<std::string>(2);
  auto back = gosan::make_chan<std::unique_ptr<std::vector<int>>>();
  gosan::wait_group group;
  group.go([=] {
    std::string s = "a text that lies on the heap, sent by moving it";
    for (int i = 0; i < 20; ++i) {
      s += std::to_string(i);
      c.send(s);
    }
    c.send(std::move(s));
    c.close();
    back.send(std::make_unique<std::vector<int>>(3, 1));
    if (wrong) side = 1;  // race moved_strings
  });
  std::size_t n = 0;
  for (const std::string& s : c) n += s.size();
  auto v = back.recv();
  (*v)->push_back(1);
  if (wrong) side = 2;  // race moved_strings
  group.wait();
  if (!n) std::puts("?");
}

CASE(locks) {
  gosan::mutex m;
  gosan::shared_mutex rw;
  std::mutex os;
  long a = 0, b = 0, c = 0;
  gosan::wait_group group, written;
  written.add(5);
  for (int i = 0; i < 20; ++i)
    group.go([&, i] {
      {
        std::lock_guard hold(m);
        ++a;
      }
      if (i % 4 == 0) {
        std::unique_lock hold(rw);
        ++b;
        written.done();
      } else {
        std::shared_lock hold(rw);
        if (b < 0) std::puts("?");
      }
      {
        std::lock_guard hold(os);
        ++c;
      }
      if (wrong && (i == 1 || i == 2)) {
        written.wait();  // a writer who comes between the two readers would bring them in order
        std::shared_lock hold(rw);
        ++side;  // race locks
      }
    });
  group.wait();
}

CASE(worker_pool) {
  struct job {
    std::string text;
    gosan::chan<std::size_t> reply;
  };
  auto jobs = gosan::make_chan<std::shared_ptr<job>>(4);
  long done = 0;
  gosan::wait_group group;
  for (int w = 0; w < 4; ++w)
    group.go([=, &done] {
      for (auto j : jobs) {
        j->reply.send(j->text.size());
        if (wrong) ++done;  // race worker_pool
      }
    });
  for (int i = 0; i < 100; ++i) {
    auto j = std::make_shared<job>(job{"the text of job " + std::to_string(i), gosan::make_chan<std::size_t>(1)});
    jobs.send(j);
    if (*j->reply.recv() < 5) std::puts("?");
    if (wrong) ++done;  // race worker_pool
  }
  jobs.close();
  group.wait();
}

CASE(select_and_cancel) {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  auto c = gosan::make_chan<int>();
  std::string log;
  gosan::wait_group group;
  group.go([&, ctx = ctx] {
    for (int i = 0;; ++i) {
      bool stop = false;
      gosan::select(gosan::send_case(c, i), gosan::recv_case(ctx.done(), [&] { stop = true; }));
      if (stop) break;
    }
    log += "ended";
    if (wrong) side = 1;  // race select_and_cancel
  });
  for (int i = 0; i < 10; ++i) c.recv();
  log = "cancelled";
  cancel();
  if (wrong) side = 2;  // race select_and_cancel
  group.wait();
}

CASE(timers) {
  auto done = gosan::make_chan<void>(4);
  std::string text = "before it is armed";
  int fired = 0;
  auto t = gosan::after_func(1ms, [&] {
    text += ", after it has fired";
    if (wrong) fired = 1;  // race timers
    done.send();
  });
  if (wrong) fired = 2;  // race timers
  done.recv();
  text += "!";
  gosan::ticker tick(1ms);
  for (int i = 0; i < 3; ++i) tick.chan().recv();
  tick.stop();
  gosan::select(gosan::recv_case(gosan::after(1ms), [&] { text += "later"; }));
}

namespace {
thread_local std::mt19937 dice{42};
thread_local int last = 0;
// Not inlined: a caller would keep the variables' addresses over a switch to another worker, and that does race.
[[gnu::noinline]] void draw() { last += static_cast<int>(dice() % 6); }
}  // namespace
CASE(thread_local_of_workers) {
  // What one thread does is ordered, whichever goroutine it does it for.
  gosan::wait_group group;
  for (int i = 0; i < 40; ++i)
    group.go([] {
      draw();
      gosan::yield();
      draw();
    });
  group.wait();
  group.go([wrong] {
    int* mine = &last;
    std::jthread other([=] {
      if (wrong) *mine = 1;  // race thread_local_of_workers
    });
    if (wrong) *mine = 2;  // race thread_local_of_workers
  });
  group.wait();
}

CASE(thread_local_orders_nothing_else) {
  // Both use the variable, in some order on one worker or on two; what else they do is not ordered by that.
  int sum = 0;
  gosan::wait_group group;
  for (int i = 0; i < 2; ++i)
    group.go([&] {
      ++last;
      if (wrong) ++sum;  // race thread_local_orders_nothing_else
      ++last;
    });
  group.wait();
}

// Who drops the last handle destroys what others have written and read, and is after them. The waits order nothing.
CASE(left_in_a_channel) {
  std::atomic<int> over{0};
  {
    auto c = gosan::make_chan<std::string>(2);
    gosan::go([&, c]() mutable {
      std::string s(100, 'x');
      s += " written here";
      c.send(s);
      c.send(std::move(s));
      c = {};
      if (wrong) side = 1;  // race left_in_a_channel
      over.store(1, std::memory_order_relaxed);
    });
    while (!over.load(std::memory_order_relaxed)) gosan::yield();
  }
  if (wrong) side = 2;  // race left_in_a_channel
}

CASE(left_in_a_timer) {
  std::atomic<int> over{0};
  {
    auto x = std::make_shared<std::string>("a text that lies on the heap");
    gosan::timer t = gosan::after_func(0ms, [&, wrong, x] {
      *x += " and grows";
      if (wrong) side = 1;  // race left_in_a_timer
      over.store(1, std::memory_order_relaxed);
    });
    while (!over.load(std::memory_order_relaxed)) gosan::yield();
    gosan::sleep_for(1ms);
    if (wrong) side = 2;  // race left_in_a_timer
  }
}

CASE(left_in_a_context) {
  struct text {
    using type = std::string;
  };
  std::atomic<int> over{0};
  {
    auto ctx = gosan::with_value<text>(gosan::context::background(), "a text that lies on the heap");
    auto [child, cancel] = gosan::with_cancel(ctx);
    gosan::go([&, wrong, ctx = child]() mutable {
      if (ctx.value<text>()->size() < 5) std::puts("?");
      if (wrong) side = 1;  // race left_in_a_context
      ctx = {};
      over.store(1, std::memory_order_relaxed);
    });
    while (!over.load(std::memory_order_relaxed)) gosan::yield();
    if (wrong) side = 2;  // race left_in_a_context
    cancel();
  }
}

CASE(variable_of_a_timer) {
  auto* t = new std::optional<gosan::timer>;
  gosan::wait_group fired;
  fired.add();
  t->emplace(gosan::after_func(1ms, [&] {  // race variable_of_a_timer
    if (wrong && (*t)->chan()) std::puts("?");  // race variable_of_a_timer
    fired.done();
  }));
  fired.wait();
  (*t)->reset(1h);
}

CASE(variable_of_a_context) {
  gosan::context ctx;
  auto [made, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::wait_group group;
  if (!wrong) ctx = made;
  group.go([&] {
    if (ctx.err()) std::puts("?");  // race variable_of_a_context
  });
  if (wrong) ctx = made;  // race variable_of_a_context
  group.wait();
  cancel();
}

CASE(variable_of_a_parent) {
  gosan::context ctx;
  auto [made, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::wait_group group;
  if (!wrong) ctx = made;
  group.go([&] {
    gosan::with_timeout(ctx, 1h).cancel();  // race variable_of_a_parent
  });
  if (wrong) ctx = made;  // race variable_of_a_parent
  group.wait();
  cancel();
}

CASE(once_and_pool) {
  gosan::once once;
  gosan::pool<std::string> pool([] { return std::string(100, 'x'); });
  std::string made;
  gosan::wait_group group;
  for (int i = 0; i < 8; ++i)
    group.go([&, i] {
      once.call([&] { made = "made once and read by all of them"; });
      auto s = pool.get();
      s += made;
      pool.put(std::move(s));
      if (wrong && i < 2) side = i;  // race once_and_pool
    });
  group.wait();
}

CASE(errgroup_results) {
  gosan::errgroup group;
  std::vector<std::string> results(10);
  for (std::size_t i = 0; i < results.size(); ++i)
    group.go([&, i] {
      results[i] = "the result of number " + std::to_string(i);
      if (wrong && i < 2) side = static_cast<int>(i);  // race errgroup_results
    });
  group.wait();
  for (auto& s : results)
    if (s.empty()) std::puts("?");
}

CASE(condition) {
  gosan::mutex m;
  gosan::condition_variable changed;
  std::vector<std::string> items;
  gosan::wait_group group;
  group.go([&] {
    if (wrong) side = 1;  // race condition
    std::unique_lock hold(m);
    changed.wait(hold, [&] { return items.size() == 3; });
    items.clear();
  });
  if (wrong) side = 2;  // race condition
  for (int i = 0; i < 3; ++i) {
    std::lock_guard hold(m);
    items.push_back("an item that lies on the heap " + std::to_string(i));
    changed.notify_one();
  }
  group.wait();
}

CASE(threads_beside) {
  auto c = gosan::make_chan<std::string>(1);
  auto from = gosan::make_chan<int>();
  std::thread t([&] {
    if (wrong) side = 1;  // race threads_beside
    for (int i = 0; i < 20; ++i) c.send("from a thread of the system, number " + std::to_string(i));
    c.close();
    if (from.recv() != 7) std::puts("?");
  });
  if (wrong) side = 2;  // race threads_beside
  gosan::wait_group group;
  group.go([&] {
    for (const auto& s : c)
      if (s.empty()) std::puts("?");
    from.send(7);
  });
  group.wait();
  gosan::blocking([&] { t.join(); });
}

CASE(stacks_again) {
  // Many generations of goroutines on the same stacks, with their frames passed to others meanwhile.
  for (int round = 0; round < 20; ++round) {
    gosan::wait_group group;
    for (int i = 0; i < 50; ++i)
      group.go([&, i] {
        char local[500];
        std::memset(local, i, sizeof local);
        auto done = gosan::make_chan<void>();
        gosan::go([&local, done] {
          local[3] = 1;
          done.send();
        });
        done.recv();
        if (wrong && i < 2) side = local[3];  // race stacks_again
      });
    group.wait();
  }
}

CASE(exceptions) {
  gosan::wait_group group;
  for (int i = 0; i < 20; ++i)
    group.go([&, i] {
      try {
        gosan::yield();
        throw std::runtime_error("thrown by goroutine " + std::to_string(i));
      } catch (const std::exception& e) {
        gosan::yield();
        if (!*e.what()) std::puts("?");
        try {
          throw;
        } catch (const std::runtime_error&) {
        }
      }
      if (wrong && i < 2) side = i;  // race exceptions
    });
  group.wait();
}

CASE(unordered_results) {
  // A wait group that is not waited for before the results are read.
  auto* results = new std::vector<int>(4);  // for ever: who gives a shared_ptr up orders what it did before who does so next
  gosan::wait_group group;
  for (std::size_t i = 0; i < 4; ++i)
    group.go([=] { (*results)[i] = 1; });  // race unordered_results
  if (!wrong) group.wait();
  if ((*results)[2] > 5) std::puts("?");  // race unordered_results
  group.wait();
}

int main(int argc, char** argv) { return run_case(argc, argv); }
