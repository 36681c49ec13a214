// Arguments of go() are copied for the goroutine, as std::thread does it: what the caller does with its own variables
// afterwards does not matter.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <string>

void show(const std::string& message, int id) { std::printf("%d: %s\n", id, message.c_str()); }

int main() {
  gosan::wait_group showing;
  std::string message = "hello";
  for (int id = 0; id < 3; ++id) {
    showing.go(show, message, id);
    message += ", again";
  }
  showing.wait();
}
