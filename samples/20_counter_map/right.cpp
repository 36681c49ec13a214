// Counters by name: many may read at once, one writes alone.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

class counters {
 public:
  void increment(const std::string& key) {
    std::lock_guard hold(mutex_);
    ++count_[key];
  }

  int get(const std::string& key) const {
    std::shared_lock hold(mutex_);
    auto found = count_.find(key);
    return found == count_.end() ? 0 : found->second;
  }

 private:
  mutable gosan::shared_mutex mutex_;
  std::map<std::string, int> count_;  // guarded by mutex_
};

int main() {
  counters visits;
  gosan::wait_group visitors;
  for (int i = 0; i < 20; ++i) {
    visitors.go([&visits, i] {
      visits.increment(i % 2 == 0 ? "even" : "odd");
      if (visits.get("even") > 10) std::puts("too many");
    });
  }
  visitors.wait();
  std::printf("even %d, odd %d\n", visits.get("even"), visits.get("odd"));
  return visits.get("even") == 10 && visits.get("odd") == 10 ? 0 : 1;
}
