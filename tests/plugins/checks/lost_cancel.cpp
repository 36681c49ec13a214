// fix-its: 1
#include <gosan/gosan.hpp>
#include <functional>
#include <memory>


void serve(const gosan::context& ctx);
void keep(std::function<void()> f);

// ---- What it flags ----

void only_the_context(const gosan::context& parent) {
  auto ctx = gosan::with_cancel(parent).ctx;  // expect: gosan-lost-cancel
  serve(ctx);
}

void never_called(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_cancel(parent);  // expect: gosan-lost-cancel
  serve(ctx);
}

void dropped(const gosan::context& parent) {
  gosan::with_timeout(parent, std::chrono::seconds(1));  // expect: gosan-lost-cancel
}

bool failed();

void not_on_every_path(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_cancel(parent);  // note: the context is made here
  serve(ctx);
  if (failed()) return;  // expect: gosan-lost-cancel
  cancel();
}

// ---- Near misses ----

void before_it_is_made(const gosan::context& parent) {
  if (failed()) return;
  auto [ctx, cancel] = gosan::with_cancel(parent);
  serve(ctx);
  cancel();
}

void on_both_paths(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_cancel(parent);
  if (failed()) {
    cancel();
    return;
  }
  serve(ctx);
  cancel();
}


void called(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_cancel(parent);
  serve(ctx);
  cancel();
}

void deferred(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_timeout(parent, std::chrono::seconds(1));
  gosan::defer end{[cancel = cancel] { cancel(); }};
  serve(ctx);
}

void handed_on(const gosan::context& parent) {
  auto [ctx, cancel] = gosan::with_cancel(parent);
  keep(cancel);
  serve(ctx);
}

auto returned(const gosan::context& parent) { return gosan::with_cancel(parent); }

// ---- Kept in members ----

struct rows {
  std::function<void()> cancel;
  void close() {}
};
std::shared_ptr<rows> keeps_it_for_nobody(const gosan::context& parent) {
  auto r = std::make_shared<rows>();
  auto [ctx, cancel] = gosan::with_cancel(parent);
  r->cancel = cancel;  // expect: gosan-lost-cancel
  gosan::go([r, ctx = ctx] {
    ctx.done().recv();
    r->close();
  });
  return r;
}

struct closed_rows {
  std::function<void()> cancel;
  void close() { cancel(); }
};
std::shared_ptr<closed_rows> keeps_it_for_close(const gosan::context& parent) {
  auto r = std::make_shared<closed_rows>();
  auto [ctx, cancel] = gosan::with_cancel(parent);
  r->cancel = cancel;
  gosan::go([ctx = ctx] { ctx.done().recv(); });
  return r;
}

struct timed_rows {
  std::function<void()> cancel;
};
void ends_by_itself(const gosan::context& parent, timed_rows& r) {
  auto [ctx, cancel] = gosan::with_timeout(parent, std::chrono::seconds(1));
  r.cancel = cancel;
  serve(ctx);
}

struct kept_twice {
  gosan::cancel_func cancel;
};
void calls_it_too(const gosan::context& parent, kept_twice& r) {
  auto [ctx, cancel] = gosan::with_cancel(parent);
  r.cancel = cancel;
  serve(ctx);
  cancel();
}
