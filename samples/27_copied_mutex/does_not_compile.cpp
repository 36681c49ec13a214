// A method that takes its object by value locks a copy of the mutex, that is, nothing. Here that does not compile: a lock
// cannot be copied, nor can what holds one.
#include <gosan/gosan.hpp>

#include <map>
#include <mutex>
#include <string>

struct config {
  gosan::mutex mutex;
  std::map<std::string, std::string> values;
};

std::string get(config c, const std::string& key) {
  std::lock_guard hold(c.mutex);
  return c.values[key];
}

int main() {
  config c;
  get(c, "key");  // error: call to implicitly-deleted copy constructor of 'config'
}
