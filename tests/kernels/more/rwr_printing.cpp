// Several lookups in a cache: each read-locks it, and logs the cache itself, whose text is made under the read lock; a
// miss then write-locks. One lookup's write comes between another's two reads. Fixed: the text is made before the lock.
#include "../kernel.hpp"

namespace kernels {
namespace rwr_printing {

struct cache {
  shared_mutex m;
  std::map<std::string, int> ranges;  // guarded by m

  std::string text() {
    std::shared_lock hold(m);
    return "cache of " + std::to_string(ranges.size());
  }
  void insert(const std::string& key) {
    std::lock_guard hold(m);
    ranges[key] = 1;
  }
};

namespace buggy {

void lookup(cache& c, const std::string& key) {
  bool found;
  {
    std::shared_lock hold(c.m);
    std::string logged = "look up in " + c.text();
    found = c.ranges.contains(key);
  }
  if (!found) c.insert(key);
}

void run() {
  auto c = std::make_shared<cache>();
  wait_group all;
  for (int i = 0; i < 3; ++i) {
    all.add(1);
    go([c, &all] {
      lookup(*c, "a");
      all.done();
    });
  }
  all.wait();
}

}  // namespace buggy

namespace fixed {

void lookup(cache& c, const std::string& key) {
  std::string logged = "look up in " + c.text();
  bool found;
  {
    std::shared_lock hold(c.m);
    found = c.ranges.contains(key);
  }
  if (!found) c.insert(key);
}

void run() {
  auto c = std::make_shared<cache>();
  wait_group all;
  for (int i = 0; i < 3; ++i) {
    all.add(1);
    go([c, &all] {
      lookup(*c, "a");
      all.done();
    });
  }
  all.wait();
}

}  // namespace fixed
}  // namespace rwr_printing

GOSAN_KERNEL(rwr_printing, "Resource Deadlock / RWR deadlock", GOSAN_BLOCKING);
}  // namespace kernels
