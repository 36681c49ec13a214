// An item is put into the work queue before its pending count is set; a worker may take it and count down meanwhile.
// Fixed: counted first.
#include "../kernel.hpp"

#include <deque>

namespace kernels {
namespace serving_6472 {

struct pod_state {
  int pending = 0;
};
using item = pod_state*;

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

work_queue* filled_queue() {
  auto q = make_forever<work_queue>();
  q->add(make_forever<pod_state>());
  return q;
}

chan<void> start(work_queue* q) {
  auto ended = make_chan<void>();
  auto workers = make_forever<wait_group>();
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
  auto fresh = make_forever<pod_state>();
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
  auto fresh = make_forever<pod_state>();
  fresh->pending += 1;
  q->add(fresh);
  sleep_for(1ms);
  ended.recv();
}

}  // namespace fixed
}  // namespace serving_6472

GOSAN_KERNEL(serving_6472, "Traditional / Data race", "data-race");
}  // namespace kernels
