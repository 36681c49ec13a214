// Two generators merged into one channel. The reader takes ten values and leaves; generators and mergers do not know, and
// wait for it for ever.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

gosan::recv_chan<std::string> chatter(const std::string& name) {
  auto out = gosan::make_chan<std::string>();
  gosan::go([out, name] {
    for (int i = 0;; ++i) {                         // expect: gosan-endless-goroutine
      out.send(name + " " + std::to_string(i));     // expect: goroutine-leak
      gosan::sleep_for(1ms);
    }
  });
  return out;
}

gosan::recv_chan<std::string> merge(const gosan::recv_chan<std::string>& a,
                                    const gosan::recv_chan<std::string>& b) {
  auto out = gosan::make_chan<std::string>();
  for (const auto& in : {a, b}) {
    gosan::go([in, out] {
      for (;;) out.send(*in.recv());  // expect: gosan-endless-goroutine, goroutine-leak
    });
  }
  return out;
}

int main() {
  auto both = merge(chatter("Ann"), chatter("Joe"));
  for (int i = 0; i < 10; ++i) std::printf("%s\n", both.recv()->c_str());
  std::puts("enough of you");
}
