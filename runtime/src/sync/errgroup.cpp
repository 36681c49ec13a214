#include "gosan/errgroup.hpp"

#include <stdexcept>

#include "sync/sync_queue.hpp"

namespace gosan {

errgroup::errgroup(gosan::context ctx, cancel_cause_func cancel) noexcept
    : ctx_(std::move(ctx)), cancel_(std::move(cancel)) {}

errgroup::~errgroup() {
  detail::object_gone(0, active_ != 0,
                      "errgroup destroyed before its goroutines have ended: call wait() first");
}

errgroup::with_ctx errgroup::with_context(const gosan::context& parent) {
  auto [ctx, cancel] = with_cancel_cause(parent);
  return {errgroup(ctx, cancel), ctx};
}

void errgroup::fail() noexcept {
  std::exception_ptr e = std::current_exception();
  {
    std::lock_guard hold(mu_);
    if (first_) return;
    first_ = e;
  }
  cancel_(e);
}

bool errgroup::enter(bool may_wait) {
  {
    std::unique_lock hold(mu_);
    if (active_ >= limit_ && !may_wait) return false;
    room_.wait(hold, [this] { return active_ < limit_; });
    ++active_;
  }
  running_.add();
  return true;
}

void errgroup::leave() {
  {
    std::lock_guard hold(mu_);
    --active_;
    room_.notify_one();
  }
  running_.done();
}

void errgroup::set_limit(std::size_t n) {
  std::lock_guard hold(mu_);
  if (active_ != 0) throw std::logic_error("errgroup: set_limit while goroutines of the group run");
  limit_ = n;
}

void errgroup::wait() {
  running_.wait();
  std::exception_ptr e;
  {
    std::lock_guard hold(mu_);
    e = first_;
  }
  cancel_(e);
  if (e) std::rethrow_exception(e);
}

}  // namespace gosan
