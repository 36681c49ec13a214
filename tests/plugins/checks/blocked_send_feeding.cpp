// checks: -*,gosan-blocked-send
// All work is handed out before the first result is taken.
#include <gosan/gosan.hpp>

#include <optional>
#include <vector>

using namespace std::chrono_literals;

void use(int);

void square_all(const gosan::chan<int>& work, const gosan::chan<int>& results) {
  for (int n : work) results.send(n * n);  // note: and waits here for each thing that it has received
}

// ---- What it flags ----

void six_pieces_for_two_workers() {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>();
  for (int i = 0; i < 2; ++i)
    gosan::go([work, results] { square_all(work, results); });  // note: a goroutine that receives starts here
  for (int n = 0; n < 6; ++n) work.send(n);  // expect: gosan-blocked-send
  work.close();
  for (int n = 0; n < 6; ++n) use(*results.recv());
}

void nobody_knows_how_many(const std::vector<int>& pieces) {
  auto work = gosan::make_chan<int>();
  auto results = gosan::make_chan<int>(2);
  for (int i = 0; i < 3; ++i)
    gosan::go([work, results] {
      while (auto n = work.recv()) results.send(*n + 1);
    });
  for (int n : pieces) work.send(n);  // expect: gosan-blocked-send
  work.close();
  for (std::size_t n = 0; n < pieces.size(); ++n) use(*results.recv());
}

void one_more_than_there_is_room_for() {
  auto work = gosan::make_chan<int>(10);
  auto results = gosan::make_chan<int>(20);
  gosan::go([work, results] { square_all(work, results); });
  gosan::go([work, results] { square_all(work, results); });
  for (int n = 0; n < 33; ++n) work.send(n);  // expect: gosan-blocked-send
  work.close();
  for (int n = 0; n < 33; ++n) use(*results.recv());
}

// ---- Near misses ----

void just_enough_room() {
  auto work = gosan::make_chan<int>(10);
  auto results = gosan::make_chan<int>(20);
  gosan::go([work, results] { square_all(work, results); });
  gosan::go([work, results] { square_all(work, results); });
  for (int n = 0; n < 32; ++n) work.send(n);
  work.close();
  for (int n = 0; n < 32; ++n) use(*results.recv());
}

void handed_out_by_a_goroutine() {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>();
  for (int i = 0; i < 2; ++i)
    gosan::go([work, results] { square_all(work, results); });
  gosan::go([work] {
    for (int n = 0; n < 6; ++n) work.send(n);
    work.close();
  });
  for (int n = 0; n < 6; ++n) use(*results.recv());
}

void room_for_all(const std::vector<int>& pieces) {
  auto work = gosan::make_chan<int>();
  auto results = gosan::make_chan<int>(pieces.size());
  for (int i = 0; i < 3; ++i)
    gosan::go([work, results] { square_all(work, results); });
  for (int n : pieces) work.send(n);
  work.close();
  for (std::size_t n = 0; n < pieces.size(); ++n) use(*results.recv());
}

void a_collector_takes_them() {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>();
  gosan::wait_group workers, collector;
  collector.go([results] {
    for (int n : results) use(n);
  });
  for (int i = 0; i < 2; ++i) workers.go([work, results] { square_all(work, results); });
  for (int n = 0; n < 6; ++n) work.send(n);
  work.close();
  workers.wait();
  results.close();
  collector.wait();
}

void taken_in_between() {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>();
  gosan::go([work, results] { square_all(work, results); });
  for (int n = 0; n < 6; ++n) {
    work.send(n);
    use(*results.recv());
  }
  work.close();
}

void taken_by_a_select(const std::vector<int>& pieces) {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>();
  gosan::go([work, results] { square_all(work, results); });
  std::size_t taken = 0;
  for (int n : pieces) {
    std::optional<int> got;
    while (gosan::select(gosan::send_case(work, n), gosan::recv_case(results, got)) == 1) ++taken;
  }
  work.close();
  for (; taken < pieces.size(); ++taken) use(*results.recv());
}

void only_bad_ones_are_told(const std::vector<int>& pieces) {
  auto work = gosan::make_chan<int>();
  auto bad = gosan::make_chan<int>(1);
  gosan::wait_group all;
  all.go([work, bad] {
    for (int n : work)
      if (n < 0) bad.try_send(n);
  });
  for (int n : pieces) work.send(n);
  work.close();
  all.wait();
  if (std::optional<int> one; bad.try_recv(one) == gosan::recv_status::value) use(*one);
}

void workers_give_up(const std::vector<int>& pieces, const gosan::context& ctx) {
  auto work = gosan::make_chan<int>(), results = gosan::make_chan<int>(1);
  gosan::wait_group all;
  all.go([=] {
    for (int n : work) gosan::select(gosan::send_case(results, n), gosan::recv_case(ctx.done()));
  });
  for (int n : pieces) work.send(n);
  work.close();
  all.wait();
  use(*results.recv());
}
