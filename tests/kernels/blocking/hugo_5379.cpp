// A page is rendered once, with a time limit; the shortcode in it, run with a lock held, asks for the word count, which
// waits for the rendering, and then for a second once whose function takes that lock.
// Fixed: the shortcode runs with the lock given back.
#include "../kernel.hpp"

namespace kernels {
namespace hugo_5379 {

namespace buggy {

struct page {
  once content, plain;
  mutex m;
};

void count(const std::shared_ptr<page>& p);

void render(const std::shared_ptr<page>& p) {
  auto [ctx, cancel] = with_timeout(context::background(), 1ms);
  defer end{[cancel = cancel] { cancel(); }};
  auto result = make_chan<int>(1);
  go([p, result] {
    p->m.lock();
    count(p);  // the shortcode
    result.send(1);
    p->m.unlock();
  });
  select(recv_case(ctx.done()), recv_case(result));
}

void count(const std::shared_ptr<page>& p) {
  p->content.call([&] { render(p); });
  p->plain.call([&] { std::lock_guard hold(p->m); });
}

void run() {
  auto p = std::make_shared<page>();
  wait_group both;
  both.add(2);
  for (int i = 0; i < 2; ++i) {
    go([&both, p] {
      count(p);
      both.done();
    });
  }
  both.wait();
}

}  // namespace buggy

namespace fixed {

struct page {
  once content, plain;
  mutex m;
};

void count(const std::shared_ptr<page>& p);

void render(const std::shared_ptr<page>& p) {
  auto [ctx, cancel] = with_timeout(context::background(), 1ms);
  defer end{[cancel = cancel] { cancel(); }};
  auto result = make_chan<int>(1);
  go([p, result] {
    p->m.lock();
    p->m.unlock();
    count(p);  // the shortcode
    result.send(1);
  });
  select(recv_case(ctx.done()), recv_case(result));
}

void count(const std::shared_ptr<page>& p) {
  p->content.call([&] { render(p); });
  p->plain.call([&] { std::lock_guard hold(p->m); });
}

void run() {
  auto p = std::make_shared<page>();
  wait_group both;
  both.add(2);
  for (int i = 0; i < 2; ++i) {
    go([&both, p] {
      count(p);
      both.done();
    });
  }
  both.wait();
}

}  // namespace fixed
}  // namespace hugo_5379

GOSAN_KERNEL(hugo_5379, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
