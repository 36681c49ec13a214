// The standard library beside threads: parts of it run in libstdc++.so, which is not instrumented, and must give no false alarm.
#include <unistd.h>

#include <algorithm>
#include <any>
#include <array>
#include <charconv>
#include <chrono>
#include <coroutine>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <locale>
#include <map>
#include <memory_resource>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>

#include "case.hpp"

namespace {

// The same work by three threads at once.
template <class F>
void at_once(F work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work, i);
}

std::string long_text(int i) { return "a text of some length with the number " + std::to_string(i); }

}  // namespace

CASE(streams) {
  std::jthread t([=] {
    std::ostringstream out;
    out << std::setw(8) << std::hex << 255 << ' ' << 3.25 << ' ' << std::boolalpha << true << long_text(3);
    std::istringstream in("12 words 3.5");
    int n;
    std::string word;
    double d;
    in >> n >> word >> d;
    if (out.str().empty() || n != 12 || d != 3.5) std::puts("?");
    std::cerr << "";
    std::cout << std::flush;
  });
  std::ostringstream shared;
  std::cout << "" << std::flush;
  std::jthread u([&] {
    if (wrong) shared.str("one");  // race streams
  });
  if (wrong) shared.str("two");  // race streams
}

CASE(files) {
  namespace fs = std::filesystem;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race files
      const fs::path p = fs::temp_directory_path() / ("gosan-case-" + std::to_string(getpid()) + "-" + std::to_string(i));
      std::ofstream(p) << long_text(i) << '\n' << i;
      std::ifstream in(p);
      std::string line;
      std::getline(in, line);
      std::error_code error;
      if (line != long_text(i) || fs::file_size(p, error) < 10 || error) std::puts("?");
      for (const auto& entry : fs::directory_iterator("/proc/self/fd")) line += entry.path().filename().string();
      fs::remove(p, error);
    });
}

CASE(regular_expressions) {
  const std::regex shared("([a-z]+) ([0-9]+)");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race regular_expressions
      std::smatch m;
      const std::string s = "number " + std::to_string(i);
      if (!std::regex_match(s, m, shared) || m[2] != std::to_string(i)) std::puts("?");
      if (std::regex_replace(s, std::regex("number"), "n") != "n " + std::to_string(i)) std::puts("?");
    });
}

CASE(locales) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race locales
      const std::locale c("C"), global;
      std::ostringstream out;
      out.imbue(std::locale(c, new std::numpunct<char>));
      out << 1234567 << ' ' << std::put_time(std::localtime(std::array<time_t, 1>{}.data()), "%Y");
      if (!std::isalpha('x', global) || std::toupper('x', c) != 'X') std::puts("?");
    });
}

CASE(containers) {
  std::mutex lock;
  std::map<std::string, std::vector<int>> map;
  std::unordered_map<std::string, std::string> hash;
  std::deque<std::string> deque;
  std::list<std::string> list;
  std::set<int> set;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race containers
      for (int k = 0; k < 50; ++k) {
        std::lock_guard hold(lock);
        map[long_text(k)].push_back(i);
        hash.emplace(long_text(k), "value").first->second += std::to_string(k);
        deque.push_front(long_text(k));
        if (deque.size() > 20) deque.pop_back();
        list.push_back(deque.back());
        if (list.size() > 10) list.pop_front();
        set.insert(k * i);
      }
    });
}

CASE(unprotected_map) {
  std::map<int, std::string> map;
  for (int i = 0; i < 20; ++i) map[i] = long_text(i);
  std::jthread t([&] {
    if (!wrong && map.at(3).empty()) std::puts("?");
    if (wrong) map[3] = "changed";  // race unprotected_map
  });
  if (map.at(5).empty()) std::puts("?");
  if (wrong && map.at(3) == "x") std::puts("?");  // race unprotected_map
}

CASE(functions_and_variants) {
  std::function<int(int)> f = [text = long_text(1)](int x) { return x + static_cast<int>(text.size()); };
  const std::variant<int, std::string> v = long_text(2);
  const std::any any = long_text(3);
  const std::optional<std::string> o = long_text(4);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      auto mine = f;
      if (mine(i) + static_cast<int>(std::get<std::string>(v).size() + o->size()) < 10) std::puts("?");
      if (std::any_cast<std::string>(&any)->empty()) std::puts("?");
      std::visit([](const auto& x) { (void)sizeof(x); }, v);
    });
  if (wrong) f = [](int x) { return x; };  // race functions_and_variants
}

CASE(algorithms) {
  at_once([](int i) {
    std::mt19937 random(static_cast<unsigned>(i));
    std::vector<std::string> v(200);
    for (auto& s : v) s = long_text(static_cast<int>(random() % 1000));
    std::sort(v.begin(), v.end());
    std::shuffle(v.begin(), v.end(), random);
    std::stable_sort(v.begin(), v.end());
    v.erase(std::unique(v.begin(), v.end()), v.end());
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, std::accumulate(v.begin(), v.end(), 1.5, [](double d, const std::string& s) { return d + static_cast<double>(s.size()); }));
    if (error != std::errc() || end == digits || std::chrono::steady_clock::now().time_since_epoch().count() == 0) std::puts("?");
  });
  std::vector<int> v(100);
  std::jthread t([&] {
    if (wrong) v.push_back(1);  // race algorithms
  });
  if (wrong && v.back()) std::puts("?");  // race algorithms
}

CASE(memory_resources) {
  std::pmr::synchronized_pool_resource shared;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race memory_resources
      std::pmr::monotonic_buffer_resource own;
      for (int k = 0; k < 50; ++k) {
        std::pmr::vector<std::pmr::string> v(&shared), w(&own);
        for (int n = 0; n < 5; ++n) v.emplace_back("a text long enough for the resource to be asked"), w.emplace_back(v.back());
      }
    });
}

CASE(errors) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (wrong && i < 2) side = i;  // race errors
      for (int k = 0; k < 20; ++k) try {
          if (k % 2) throw std::system_error(std::make_error_code(std::errc::invalid_argument), long_text(k));
          (void)std::stoi("no number");
        } catch (const std::exception& e) {
          try {
            std::throw_with_nested(std::runtime_error(e.what()));
          } catch (const std::exception& outer) {
            try {
              std::rethrow_if_nested(outer);
            } catch (const std::exception& inner) {
              if (!*inner.what()) std::puts("?");
            }
          }
        }
    });
}

namespace {
struct task {
  struct promise_type {
    int value = 0;
    task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int v) noexcept {
      value = v;
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
  std::coroutine_handle<promise_type> handle;
};
task count(std::string text) {
  for (int i = 0; i < 10; ++i) {
    text += std::to_string(i);
    co_yield static_cast<int>(text.size());
  }
}
}  // namespace

CASE(coroutines) {
  // A coroutine that goes from thread to thread, each resumption after the one before.
  const task t = count(long_text(1));
  int total = 0;
  for (int i = 0; i < 5; ++i) {
    std::thread resumer([&] {
      t.handle.resume();
      total += t.handle.promise().value;  // race coroutines
    });
    if (wrong && i == 3) ++total;  // race coroutines
    resumer.join();
  }
  t.handle.destroy();
  if (!total) std::puts("?");
}

int main(int argc, char** argv) { return run_case(argc, argv); }
