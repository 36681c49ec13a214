// A lock and what it guards, by reference.
#include <gosan/gosan.hpp>

#include <map>
#include <mutex>
#include <string>

struct config {
  gosan::mutex mutex;
  std::map<std::string, std::string> values;  // guarded by mutex
};

std::string get(config& c, const std::string& key) {
  std::lock_guard hold(c.mutex);
  return c.values[key];
}

int main() {
  config c;
  gosan::wait_group users;
  for (int i = 0; i < 4; ++i) users.go([&c] { get(c, "key"); });
  users.wait();
  return c.values.size() == 1 ? 0 : 1;
}
