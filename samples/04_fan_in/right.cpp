// Two generators merged into one channel. Everybody who sends also listens to the context, so that a reader who has
// enough can say so; and main leaves when all of them have.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

struct chatroom {
  gosan::context ctx;
  gosan::wait_group running;

  // False when nobody wants to hear it any more.
  bool say(const gosan::chan<std::string>& out, const std::string& text) const {
    return gosan::select(gosan::send_case(out, text), gosan::recv_case(ctx.done())) == 0;
  }

  gosan::recv_chan<std::string> chatter(const std::string& name) {
    auto out = gosan::make_chan<std::string>();
    running.go([this, out, name] {
      gosan::defer close{[out] { out.close(); }};
      for (int i = 0; say(out, name + " " + std::to_string(i)); ++i) gosan::sleep_for(1ms);
    });
    return out;
  }

  gosan::recv_chan<std::string> merge(const gosan::recv_chan<std::string>& a,
                                      const gosan::recv_chan<std::string>& b) {
    auto out = gosan::make_chan<std::string>();
    for (const auto& in : {a, b}) {
      running.go([this, in, out] {
        for (const std::string& text : in) {
          if (!say(out, text)) return;
        }
      });
    }
    return out;
  }
};

int main() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  chatroom room{.ctx = ctx, .running = {}};
  auto both = room.merge(room.chatter("Ann"), room.chatter("Joe"));
  for (int i = 0; i < 10; ++i) std::printf("%s\n", both.recv()->c_str());
  std::puts("enough of you");
  cancel();
  room.running.wait();
}
