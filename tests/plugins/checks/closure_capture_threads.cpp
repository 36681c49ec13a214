// checks: -*,gosan-closure-capture,gosan-shared-capture
// fix-its: 2
// Handles of threads in containers and members.
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

void use(int);
bool failed();

// ---- What it flags ----

std::vector<std::thread> returned() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&i] { use(i); });  // expect: gosan-closure-capture
  std::vector<std::thread> others = std::move(threads);
  return others;
}

struct service {
  std::vector<std::thread> threads;
  std::thread one;

  void start_all() {
    std::string name = "worker";
    threads.emplace_back([&name] { use(static_cast<int>(name.size())); });  // expect: gosan-closure-capture
    name += "s";  // expect: gosan-shared-capture
  }
  void start_one(int limit) {
    one = std::thread([&limit] { use(limit += 1); });  // expect: gosan-closure-capture
  }
  void start_kept() {
    std::vector<int> numbers(3);
    threads.push_back(std::thread([&numbers] { numbers.push_back(1); }));  // expect: gosan-closure-capture
    threads.emplace_back(std::thread([&] { numbers.push_back(2); }));  // expect: gosan-closure-capture, gosan-shared-capture
  }
};

void leaves_early() {
  std::vector<int> results(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&results, i] { results[i] = i; });  // expect: gosan-closure-capture
  if (failed()) return;
  for (auto& t : threads) t.join();
}

void counts_unprotected() {
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&count] { ++count; });  // expect: gosan-shared-capture
  for (auto& t : threads) t.join();
}

void dies_before_its_threads() {
  std::vector<std::jthread> threads;
  {
    int n = 0;
    threads.emplace_back([&n] { use(++n); });  // expect: gosan-closure-capture
  }
}

// ---- What it does not ----

void joined_by_range() {
  std::vector<int> results(4);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) threads.emplace_back([&results, i] { results[i] = i; });
  for (std::thread& t : threads) t.join();
}

void joined_by_index() {
  std::vector<int> results(4);
  std::vector<std::thread> threads(4);
  for (int i = 0; i < 4; ++i) threads[i] = std::thread([&results, i] { results[i] = i; });
  for (std::size_t i = 0; i < threads.size(); ++i) threads[i].join();
}

void joined_by_algorithm() {
  int n = 0;
  std::deque<std::thread> threads;
  threads.push_back(std::thread([&n] { use(n); }));
  std::for_each(threads.begin(), threads.end(), std::mem_fn(&std::thread::join));
}

void join_all(std::vector<std::thread>& threads) {
  for (auto& t : threads)
    if (t.joinable()) t.join();
}
void join_elsewhere(std::vector<std::thread>& threads);
void joined_by_function() {
  int n = 0, m = 0;
  std::vector<std::thread> threads, others;
  threads.emplace_back([&n] { use(n); });
  others.emplace_back([&m] { use(m); });
  join_all(threads);
  join_elsewhere(others);
}

void joined_after_a_move() {
  int n = 0;
  std::vector<std::thread> threads;
  threads.emplace_back([&n] { use(n); });
  std::vector<std::thread> others(std::move(threads));
  for (auto& t : others) t.join();
}

void handed_on_by_move() {
  int n = 0;
  std::vector<std::thread> threads;
  std::thread t([&n] { use(n); });
  threads.push_back(std::move(t));
  for (auto& one : threads) one.join();
}

void joined_at_end() {
  std::vector<int> results(4);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&results, i] { results[i] = i; });
  if (failed()) return;
  use(1);
}

struct own_pool {
  std::vector<std::thread> threads;
  ~own_pool() {
    for (auto& t : threads) t.join();
  }
};
void joined_by_destructor() {
  int n = 0;
  own_pool pool;
  pool.threads.emplace_back([&n] { use(n); });
}

struct crew {
  std::vector<std::jthread> threads;
};
void joined_by_fields() {
  int n = 0;
  crew all;
  all.threads.emplace_back([&n] { use(n); });
}

class runner {
 public:
  template <class F>
  void run(F f) {
    threads_.emplace_back(std::move(f));
  }
  void add(std::function<void()> f) { threads_.emplace_back([f = std::move(f)] { f(); }); }
  void run_each(int times) {
    std::atomic<int> left{times};
    std::vector<std::thread> own;
    for (int i = 0; i < times; ++i) own.push_back(std::thread(&runner::work, this, std::ref(left)));
    for (auto& t : own) t.join();
  }
  ~runner() {
    for (auto& t : threads_) t.join();
  }

 private:
  void work(std::atomic<int>& left) { --left; }
  std::vector<std::thread> threads_;
};
void run_by_a_pool() {
  std::atomic<int> n = 0;
  runner pool;
  pool.run([&n] { ++n; });
  pool.add([&n] { ++n; });
}

void under_a_lock() {
  std::mutex m;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      std::lock_guard lock(m);
      ++count;
    });
  for (auto& t : threads) t.join();
  use(count);
}

void restarted() {
  int turns = 0;
  std::thread worker([&turns] { ++turns; });
  worker.join();
  worker = std::thread([&turns] { ++turns; });
  worker.join();
  use(turns);
}

void kept_in_an_optional(bool wanted) {
  int n = 0;
  std::optional<std::thread> t;
  if (wanted) t = std::thread([&n] { use(n); });
  if (t) t->join();
}
