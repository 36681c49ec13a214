// A worker that fails catches its own exception, and then sends no result, for which its caller waits.
// Fixed: a failure is a result.
#include "../kernel.hpp"

#include <stdexcept>

namespace kernels {
namespace worker_swallows_exception {

int parse(const std::string& text) {
  if (text.empty()) throw std::invalid_argument("nothing to parse");
  return static_cast<int>(text.size());
}

namespace buggy {

void work(const std::string& text, const chan<int>& result) {
  try {
    result.send(parse(text));
  } catch (const std::exception&) {
  }
}

void run() {
  auto result = make_chan<int>();
  for (const char* text : {"a", ""}) go([text, result] { work(text, result); });
  for (int i = 0; i < 2; ++i) result.recv();
}

}  // namespace buggy

namespace fixed {

void work(const std::string& text, const chan<int>& result) {
  int size = -1;
  try {
    size = parse(text);
  } catch (const std::exception&) {
  }
  result.send(size);
}

void run() {
  auto result = make_chan<int>();
  for (const char* text : {"a", ""}) go([text, result] { work(text, result); });
  for (int i = 0; i < 2; ++i) result.recv();
}

}  // namespace fixed
}  // namespace worker_swallows_exception

GOSAN_KERNEL(worker_swallows_exception, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
