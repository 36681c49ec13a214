// Each CASE_x is one thing that must not compile; without any, the file compiles.
#include "gosan/gosan.hpp"

void f() {
#if defined(CASE_copy_mutex)
  gosan::mutex a, b(a);
#elif defined(CASE_move_mutex)
  gosan::mutex a, b(std::move(a));
#elif defined(CASE_copy_shared_mutex)
  gosan::shared_mutex a, b(a);
#elif defined(CASE_copy_condition_variable)
  gosan::condition_variable a, b(a);
#elif defined(CASE_copy_wait_group)
  gosan::wait_group a;
  gosan::go([a] {});
#elif defined(CASE_copy_once)
  gosan::once a, b(a);
#elif defined(CASE_copy_semaphore)
  gosan::semaphore a(1), b(a);
#elif defined(CASE_copy_barrier)
  gosan::barrier a(1), b(a);
#elif defined(CASE_copy_errgroup)
  gosan::errgroup a, b(a);
#elif defined(CASE_widen_recv_chan)
  gosan::chan<int> c = gosan::recv_chan<int>();
#elif defined(CASE_widen_send_chan)
  gosan::chan<int> c = gosan::send_chan<int>();
#elif defined(CASE_recv_on_send_chan)
  gosan::send_chan<int>().recv();
#elif defined(CASE_send_on_recv_chan)
  gosan::recv_chan<int>().send(1);
#endif
  gosan::chan<int> both = gosan::make_chan<int>();
  gosan::recv_chan<int> in = both;
  gosan::send_chan<int> out = both;
}
