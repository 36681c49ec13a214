// Objects of the user's that the library reads and writes on the user's behalf: operands of sends, variables that receives fill.
#include <gosan/gosan.hpp>

#include <memory>
#include <optional>
#include <string>

#include "case.hpp"

namespace {

template <class F>
gosan::wait_group& beside(bool wrong, gosan::wait_group& group, F body) {
  if (wrong) group.go(body);
  return group;
}

struct wide {
  long first = 1, rest[6] = {};
};

}  // namespace

CASE(sent_number) {
  auto c = gosan::make_chan<int>(1);
  int x = 1;
  gosan::wait_group group;
  beside(wrong, group, [&] { x = 2; });  // race sent_number
  c.send(x);                             // race sent_number
  group.wait();
  x = 3;
}

CASE(sent_struct) {
  auto c = gosan::make_chan<wide>(1);
  wide x;
  gosan::wait_group group;
  beside(wrong, group, [&] { x.rest[5] = 2; });  // race sent_struct
  c.try_send(x);                                 // race sent_struct
  group.wait();
  x.first = 3;
}

CASE(sent_text) {
  auto c = gosan::make_chan<std::string>(1);
  std::string x = "first";
  gosan::wait_group group;
  beside(wrong, group, [&] { x = "second"; });  // race sent_text
  c.send(x);                                    // race sent_text
  group.wait();
  x = "third";
}

CASE(moved_text) {
  auto c = gosan::make_chan<std::string>(1);
  std::string x = "first";
  gosan::wait_group group;
  beside(wrong, group, [&] { side = static_cast<int>(x.size()); });  // race moved_text
  c.send(std::move(x));                                              // race moved_text
  group.wait();
  x = "third";
}

CASE(moved_pointer) {
  auto c = gosan::make_chan<std::unique_ptr<int>>(1);
  auto x = std::make_unique<int>(1);
  gosan::wait_group group;
  beside(wrong, group, [&] { x = nullptr; });  // race moved_pointer
  c.try_send(std::move(x));                    // race moved_pointer
  group.wait();
  x = std::make_unique<int>(3);
}

CASE(number_of_a_case) {
  auto c = gosan::make_chan<int>(1);
  int x = 1;
  gosan::wait_group group;
  beside(wrong, group, [&] { x = 2; });  // race number_of_a_case
  gosan::select(gosan::send_case(c, x), gosan::recv_case(gosan::chan<int>()));  // race number_of_a_case
  group.wait();
  x = 3;
}

CASE(text_of_a_case) {
  auto c = gosan::make_chan<std::string>(1);
  std::string x = "first";
  gosan::wait_group group;
  beside(wrong, group, [&] { x = "second"; });  // race text_of_a_case
  gosan::select(gosan::send_case(c, x));        // race text_of_a_case
  group.wait();
}

CASE(filled_by_a_case) {
  auto c = gosan::make_chan<int>(1);
  auto done = gosan::make_chan<void>(1);
  std::optional<int> x;
  bool ended = false;
  c.send(1), done.send();
  gosan::wait_group group;
  beside(wrong, group, [&] { x = 2; });   // race filled_by_a_case
  gosan::select(gosan::recv_case(c, x));  // race filled_by_a_case
  gosan::select(gosan::recv_case(done, ended));
  group.wait();
  if (!ended || !x) side = 1;
}

CASE(flag_of_a_case) {
  auto done = gosan::make_chan<void>(1);
  bool ended = false;
  done.send();
  gosan::wait_group group;
  beside(wrong, group, [&] { ended = true; });   // race flag_of_a_case
  gosan::select(gosan::recv_case(done, ended));  // race flag_of_a_case
  group.wait();
}

CASE(tried) {
  auto c = gosan::make_chan<int>(2);
  int x = 0;
  std::optional<int> y;
  c.send(1), c.send(2);
  gosan::wait_group group;
  beside(wrong, group, [&] { x = 3; });  // race tried
  c.try_recv(x);                         // race tried
  c.try_recv(y);
  group.wait();
  side = x + *y;
}

// What was received is the receiver's own, and a sender may use its variable again as soon as the send is over.
CASE(TestNoRaceReusedOperand) {
  auto c = gosan::make_chan<std::string>();
  auto n = gosan::make_chan<int>(20);
  gosan::wait_group group;
  group.go([=] {
    std::string text = "a text that is too long to lie in the string itself";
    for (int i = 0; i < 20; ++i) {
      n.send(i);
      c.send(text);
      text += std::to_string(i);
    }
    c.send(std::move(text));
    text = "again";
    c.close(), n.close();
  });
  std::string all;
  for (std::string s : c) all += s += "!";
  long sum = 0;
  for (int i : n) sum += i;
  group.wait();
  if (all.empty() || !sum) std::puts("?");
}

int main(int argc, char** argv) { return run_case(argc, argv); }
