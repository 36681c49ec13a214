#include "gosan/errgroup.hpp"

#include <stdexcept>

#include "sync/sync_queue.hpp"

namespace gosan {

errgroup::errgroup(gosan::context ctx, cancel_cause_func cancel) noexcept
    : ctx_(std::move(ctx)), cancel_(std::move(cancel)) {}

errgroup::~errgroup() {
  detail::object_gone(0, active_.load(std::memory_order_relaxed) != 0,
                      "errgroup destroyed before its goroutines have ended: call wait() first");
}

errgroup::with_ctx errgroup::with_context(const gosan::context& parent) {
  auto [ctx, cancel] = with_cancel_cause(parent);
  return {errgroup(ctx, cancel), ctx};
}

void errgroup::fail() noexcept {
  failed_.call([this, e = std::current_exception()] {
    first_ = e;
    cancel_(e);
  });
}

// Without a limit nothing but wait() orders the functions, so no lock may be taken here.
bool errgroup::enter(bool may_wait) {
  if (room_ && !may_wait && !room_.try_send()) return false;
  if (room_ && may_wait) room_.send();
  active_.fetch_add(1, std::memory_order_relaxed);  // a number; wait() is what orders
  running_.add();
  return true;
}

void errgroup::leave() {
  if (room_) room_.recv();
  active_.fetch_sub(1, std::memory_order_relaxed);
  running_.done();
}

void errgroup::set_limit(std::size_t n) {
  if (active_.load(std::memory_order_relaxed) != 0)
    throw std::logic_error("errgroup: set_limit while goroutines of the group run");
  room_ = n == static_cast<std::size_t>(-1) ? chan<void>{} : make_chan<void>(n);
}

void errgroup::wait() {
  running_.wait();
  cancel_(first_);
  if (first_) std::rethrow_exception(first_);
}

}  // namespace gosan
