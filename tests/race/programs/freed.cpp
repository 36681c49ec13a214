// A block freed by one goroutine and read by another without an order; and blocks that are used again by others in order.
#include <gosan/gosan.hpp>

#include <memory>
#include <vector>

struct node {
  long a, b, c;
};

int main() {
  return gosan::run([] {
    auto results = gosan::make_chan<std::vector<int>>();
    for (int w = 0; w < 4; ++w)
      gosan::go([=] {
        for (int i = 0; i < 50; ++i) results.send(std::vector<int>(static_cast<std::size_t>(i + 1), i));
      });
    long sum = 0;
    for (int i = 0; i < 200; ++i) {
      const auto v = results.recv();
      for (int x : *v) sum += x;
    }
    auto shared = std::make_shared<node>(node{1, 2, 3});
    gosan::wait_group group;
    for (int w = 0; w < 8; ++w)
      group.go([shared] { return shared->a + shared->b; });
    shared.reset();  // the last owner, whoever it is, deletes
    group.wait();
#ifdef WRONG
    auto* n = new node{1, 2, 3};
    auto done = gosan::make_chan<int>(1);
    gosan::go([=] {
      delete n;
      done.send(1);
    });
    sum += n->b;  // race
    done.recv();
#endif
    return sum > 0 ? 0 : 1;
  });
}
