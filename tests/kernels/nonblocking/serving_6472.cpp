// An item is put into the work queue before its pending count is set; a worker may take it and count down meanwhile.
// Fixed: counted first.
#include "../kernel.hpp"

#include <deque>

namespace kernels {
namespace serving_6472 {

struct pod_state {
  int pending = 0;
};
using item = std::shared_ptr<pod_state>;

struct work_queue {
  mutex m;
  condition_variable more;  // nobody waits for it
  std::deque<item> items;   // guarded by m

  void add(item i) {
    std::lock_guard hold(m);
    items.push_back(std::move(i));
    more.notify_one();
  }
  item take() {
    std::lock_guard hold(m);
    if (items.empty()) return nullptr;
    item i = items.front();
    items.pop_front();
    return i;
  }
};

void work(work_queue& q) {
  if (item i = q.take()) std::atomic_ref(i->pending).fetch_sub(1);
}

std::shared_ptr<work_queue> filled_queue() {
  auto q = std::make_shared<work_queue>();
  q->add(std::make_shared<pod_state>());
  return q;
}

chan<void> start(const std::shared_ptr<work_queue>& q) {
  auto ended = make_chan<void>();
  auto workers = std::make_shared<wait_group>();
  for (int i = 0; i < 2; ++i) workers->go([q] { work(*q); });
  go([workers, ended] {
    workers->wait();
    ended.close();
  });
  return ended;
}

namespace buggy {

void run() {
  auto q = filled_queue();
  auto ended = start(q);
  auto fresh = std::make_shared<pod_state>();
  q->add(fresh);
  fresh->pending += 1;
  sleep_for(1ms);
  ended.recv();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto q = filled_queue();
  auto ended = start(q);
  auto fresh = std::make_shared<pod_state>();
  fresh->pending += 1;
  q->add(fresh);
  sleep_for(1ms);
  ended.recv();
}

}  // namespace fixed
}  // namespace serving_6472

GOSAN_KERNEL(serving_6472, "Traditional / Data race", "data-race");
}  // namespace kernels
