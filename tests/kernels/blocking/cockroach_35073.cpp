// Two producers push rows into a full channel whose consumer failed to start and left without a word.
// Fixed: it says that it is closed, and makes room for the one producer that may be waiting already.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_35073 {

enum class status { need_more, drain, closed };

struct row_channel {
  chan<int> data = make_chan<int>(16);
  std::atomic<status> consumer{status::need_more};

  void push(int row) {
    if (consumer.load() == status::need_more) data.send(row);
  }
};

namespace buggy {

void start_outbox(row_channel&) {}  // cannot connect

void run() {
  auto rows = std::make_shared<row_channel>();
  auto pushing = std::make_shared<wait_group>();
  auto starting = std::make_shared<wait_group>();
  for (int i = 0; i < 16; ++i) rows->push(i);
  pushing->add(1);
  go([rows, pushing] {
    rows->push(16);
    pushing->done();
  });
  starting->add(1);
  go([rows, starting] {
    start_outbox(*rows);
    starting->done();
  });
  starting->wait();
  rows->push(17);
}

}  // namespace buggy

namespace fixed {

void start_outbox(row_channel& rows) {  // cannot connect
  rows.consumer.store(status::closed);
  std::optional<int> dropped;
  rows.data.try_recv(dropped);
}

void run() {
  auto rows = std::make_shared<row_channel>();
  auto pushing = std::make_shared<wait_group>();
  auto starting = std::make_shared<wait_group>();
  for (int i = 0; i < 16; ++i) rows->push(i);
  pushing->add(1);
  go([rows, pushing] {
    rows->push(16);
    pushing->done();
  });
  starting->add(1);
  go([rows, starting] {
    start_outbox(*rows);
    starting->done();
  });
  starting->wait();
  rows->push(17);
}

}  // namespace fixed
}  // namespace cockroach_35073

GOSAN_KERNEL(cockroach_35073, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
