// A merge of two inputs sets an input that is closed to nil; when both are nil its select can never be ready again.
// Fixed: it ends then.
#include "../kernel.hpp"

namespace kernels {
namespace merge_until_all_nil {

chan<int> numbers(int from) {
  auto out = make_chan<int>();
  go([out, from] {
    for (int i = 0; i < 2; ++i) out.send(from + i);
    out.close();
  });
  return out;
}

// Passes on what comes in; an input that is closed is nil afterwards.
void pass_one(chan<int>& a, chan<int>& b, const chan<int>& out) {
  std::optional<int> value;
  int which = select(recv_case(a, value), recv_case(b, value));
  if (value) {
    out.send(*value);
  } else {
    (which == 0 ? a : b) = {};
  }
}

namespace buggy {

void merge(chan<int> a, chan<int> b, const chan<int>& out) {
  defer close{[&] { out.close(); }};
  for (;;) pass_one(a, b, out);
}

void run() {
  auto out = make_chan<int>();
  go([out] { merge(numbers(0), numbers(10), out); });
  for (int i = 0; i < 4; ++i) out.recv();
}

}  // namespace buggy

namespace fixed {

void merge(chan<int> a, chan<int> b, const chan<int>& out) {
  defer close{[&] { out.close(); }};
  while (a || b) pass_one(a, b, out);
}

void run() {
  auto out = make_chan<int>();
  go([out] { merge(numbers(0), numbers(10), out); });
  for (int i = 0; i < 4; ++i) out.recv();
}

}  // namespace fixed
}  // namespace merge_until_all_nil

GOSAN_KERNEL(merge_until_all_nil, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
