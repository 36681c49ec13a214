// A signal for any number of listeners, any number of times: a chain of broadcasts. Each link is written before it is
// fired and never changed afterwards; a listener walks along the chain at its own pace.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <memory>

struct step {
  gosan::chan<void> fired = gosan::make_chan<void>();
  int value = 0;               // these two are written before `fired` is closed
  std::shared_ptr<step> next;
};

class beacon {
 public:
  std::shared_ptr<step> first() const { return first_; }

  void broadcast(int value) {
    auto now = last_;
    now->value = value;
    now->next = last_ = std::make_shared<step>();
    now->fired.close();
  }

 private:
  std::shared_ptr<step> first_ = std::make_shared<step>();
  std::shared_ptr<step> last_ = first_;
};

void follow(std::shared_ptr<step> at, int id, const gosan::context& ctx) {
  for (;; at = at->next) {
    int which = gosan::select(gosan::recv_case(at->fired), gosan::recv_case(ctx.done()));
    if (which == 1 || id >= at->value) break;
  }
  std::printf("listener %d is done\n", id);
}

int main() {
  beacon s;
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  gosan::wait_group listeners;
  for (int id = 1; id <= 3; ++id) {
    listeners.go([at = s.first(), id, ctx] { follow(at, id, ctx); });
  }
  s.broadcast(3);
  s.broadcast(2);
  cancel();
  listeners.wait();
}
