// The standard library's threads, locks and what is built on them, as programs use them.
#include <array>
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include "case.hpp"

namespace {

class thread_pool {
 public:
  explicit thread_pool(unsigned n) {
    for (unsigned i = 0; i < n; ++i) workers_.emplace_back([this] { work(); });
  }
  ~thread_pool() {
    {
      std::lock_guard hold(lock_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : workers_) t.join();
  }
  template <class F>
  auto submit(F f) -> std::future<decltype(f())> {
    auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::move(f));
    auto result = task->get_future();
    {
      std::lock_guard hold(lock_);
      tasks_.emplace_back([task] { (*task)(); });
    }
    wake_.notify_one();
    return result;
  }

 private:
  void work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock hold(lock_);
        wake_.wait(hold, [this] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace

CASE(thread_pool) {
  long unprotected = 0, sum = 0;
  {
    thread_pool pool(3);
    std::vector<std::future<std::string>> results;
    for (int i = 0; i < 50; ++i)
      results.push_back(pool.submit([i] { return std::string(static_cast<std::size_t>(i % 40), 'x'); }));
    for (auto& r : results) sum += static_cast<long>(r.get().size());
    std::latch both(2);
    for (int i = 0; i < 2; ++i)
      pool.submit([&] {
        if (wrong) ++unprotected;  // race thread_pool
        both.arrive_and_wait();
      });
  }
  if (sum + unprotected == 0) std::puts("?");
}

CASE(producer_consumer) {
  std::mutex lock;
  std::condition_variable not_empty, not_full;
  std::queue<std::string> queue;
  std::size_t taken = 0, seen = 0;
  std::jthread consumer([&] {
    if (wrong) ++seen;  // race producer_consumer
    while (taken < 100) {
      std::unique_lock hold(lock);
      not_empty.wait(hold, [&] { return !queue.empty(); });
      const std::string item = std::move(queue.front());
      queue.pop();
      hold.unlock();
      not_full.notify_one();
      taken += item.size() > 0;
    }
  });
  if (wrong) ++seen;  // race producer_consumer
  for (int i = 0; i < 100; ++i) {
    std::unique_lock hold(lock);
    not_full.wait_for(hold, std::chrono::seconds(60), [&] { return queue.size() < 4; });
    queue.push("item " + std::to_string(i));
    hold.unlock();
    not_empty.notify_one();
  }
}

CASE(condition_variable_any) {
  std::shared_mutex lock;
  std::condition_variable_any changed;
  int state = 0;
  std::jthread waiter([&](std::stop_token stop) {
    if (wrong) ++side;  // race condition_variable_any
    std::unique_lock hold(lock);
    changed.wait(hold, stop, [&] { return state == 1; });
    state = 2;
    hold.unlock();
    changed.notify_all();
    hold.lock();
    changed.wait(hold, stop, [] { return false; });
    state = 3;
  });
  if (wrong) ++side;  // race condition_variable_any
  {
    std::lock_guard hold(lock);
    state = 1;
  }
  changed.notify_all();
  {
    std::unique_lock hold(lock);
    changed.wait(hold, [&] { return state == 2; });
  }
  waiter.request_stop();
  waiter.join();
  if (state != 3) std::puts("?");
}

CASE(promise_future) {
  std::promise<std::vector<int>> promise;
  std::shared_future<std::vector<int>> future = promise.get_future().share();
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([future] {
      if (future.get().at(2) != 3) std::puts("?");
    });
  std::jthread writer([&] {
    promise.set_value({1, 2, 3});
    if (wrong) side = 1;  // race promise_future
  });
  future.wait();
  if (wrong) side = 2;  // race promise_future
}

CASE(future_exception) {
  std::promise<int> promise;
  auto future = promise.get_future();
  std::string text;
  std::jthread thrower([&] {
    try {
      throw std::runtime_error("a text long enough for the heap, so that it is shared");
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
    if (wrong) side = 1;  // race future_exception
  });
  try {
    future.get();
  } catch (const std::runtime_error& e) {
    text = e.what();
  }
  if (wrong) side = 2;  // race future_exception
  if (text.empty()) std::puts("?");
}

CASE(async_and_packaged) {
  auto a = std::async(std::launch::async, [&] {
    if (wrong) side = 1;  // race async_and_packaged
    return std::map<std::string, int>{{"one", 1}, {"two", 2}};
  });
  if (wrong) side = 2;  // race async_and_packaged
  auto lazy = std::async(std::launch::deferred, [] { return 4; });
  std::packaged_task<int(int)> task([](int x) { return x + 1; });
  auto packaged = task.get_future();
  std::thread t(std::move(task), 5);
  if (a.get().size() + static_cast<unsigned>(lazy.get() + packaged.get()) != 12) std::puts("?");
  t.join();
}

CASE(call_once_throwing) {
  std::once_flag flag;
  std::string made;
  std::atomic<int> attempts = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race call_once_throwing
      for (bool done = false; !done;) try {
          std::call_once(flag, [&] {
            if (attempts++ < 2) throw 1;
            made = "made by the one that came through at last";
          });
          done = true;
        } catch (int) {
        }
      if (made.size() < 10) std::puts("?");
    });
}

namespace {
const std::map<int, std::string>& table() {
  static const std::map<int, std::string> t = {{1, "one"}, {2, "two"}};
  return t;
}
}  // namespace

CASE(function_static) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      if (table().at(1) != "one") std::puts("?");
      thread_local std::string mine = "mine " + std::to_string(i);
      mine += table().at(2);
      if (wrong && i < 2) ++side;  // race function_static
    });
}

CASE(shared_mutex_map) {
  std::shared_mutex lock, only_read;  // a writer between two readers would order them
  std::map<std::string, int> map;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) {
        const std::string key = "key " + std::to_string(k % 7);
        if (k % 5 == i) {
          std::unique_lock hold(lock);
          map[key] += i;
        } else {
          std::shared_lock hold(lock);
          if (auto it = map.find(key); it != map.end() && it->second < 0) std::puts("?");
        }
      }
    });
  if (wrong)
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        std::shared_lock hold(only_read);
        static int reads;
        ++reads;  // race shared_mutex_map
      });
}

CASE(more_mutexes) {
  std::recursive_mutex recursive;
  std::timed_mutex timed;
  std::recursive_timed_mutex both;
  std::shared_timed_mutex shared;
  std::mutex one, two;
  int a = 0, b = 0, c = 0, d = 0, e = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) ++side;  // race more_mutexes
      for (int k = 0; k < 20; ++k) {
        {
          std::lock_guard outer(recursive), inner(recursive);
          ++a;
        }
        if (std::unique_lock hold(timed, std::chrono::seconds(60)); hold) ++b;
        if (both.try_lock_for(std::chrono::seconds(60))) ++c, both.unlock();
        if (shared.try_lock_until(std::chrono::steady_clock::now() + std::chrono::seconds(60))) ++d, shared.unlock();
        if (i % 2) {
          std::scoped_lock hold(one, two);
          ++e;
        } else {
          std::scoped_lock hold(two, one);
          ++e;
        }
      }
    });
}

CASE(latch_barrier_semaphore) {
  std::latch start(1);
  std::array<int, 3> rounds{};
  int sum = 0;
  std::barrier sync(3, [&]() noexcept {
    for (int r : rounds) sum += r;
  });
  std::counting_semaphore<8> items(0);
  std::binary_semaphore guard(1);
  std::vector<int> box;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race latch_barrier_semaphore
      start.wait();
      for (int r = 0; r < 10; ++r) {
        rounds[static_cast<std::size_t>(i)] = r;
        sync.arrive_and_wait();
        if (sum < 0) std::puts("?");
        sync.arrive_and_wait();
      }
      guard.acquire();
      box.push_back(i);
      guard.release();
      items.release();
    });
  start.count_down();
  for (int i = 0; i < 3; ++i) items.acquire();
  guard.acquire();
  if (box.size() != 3) std::puts("?");
  guard.release();
}

CASE(stop_callback) {
  std::string log;
  std::jthread worker([&](std::stop_token stop) {
    if (wrong) side = 1;  // race stop_callback
    std::mutex m;
    std::condition_variable_any cv;
    std::stop_callback on_stop(stop, [&] { log += "stopped"; });
    std::unique_lock hold(m);
    cv.wait(hold, stop, [] { return false; });
  });
  if (wrong) side = 2;  // race stop_callback
  worker.request_stop();
  worker.join();
}

CASE(detached_with_promise) {
  auto done = std::make_shared<std::promise<void>>();
  std::thread([done, wrong] {
    if (wrong) side = 1;  // race detached_with_promise
    done->set_value();
  }).detach();
  if (wrong) side = 2;  // race detached_with_promise
  done->get_future().wait();
}

CASE(reused_threads_and_stacks) {
  // Stacks, thread-local variables and ids of ended threads come again.
  for (int round = 0; round < 30; ++round) {
    std::thread t([round] {
      thread_local int counter = 0;
      volatile char local[2000];
      for (unsigned i = 0; i < sizeof local; i += 100) local[i] = static_cast<char>(round);
      counter += local[0];
    });
    round % 2 ? t.join() : t.detach();
  }
  std::jthread a([wrong] { if (wrong) side = 1; });  // race reused_threads_and_stacks
  if (wrong) side = 2;  // race reused_threads_and_stacks
}

int main(int argc, char** argv) { return run_case(argc, argv); }
