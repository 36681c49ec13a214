// Four habits: spare buffers in a pool, a counter that is atomic, a channel as large as what will be sent, and a ticker
// that is stopped however its loop ends.
#include <gosan/gosan.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

gosan::pool<std::string> buffers;
std::atomic<int> processed = 0;

void process(int item, const gosan::chan<std::string>& results) {
  std::string buffer = buffers.get();
  buffer = "item " + std::to_string(item);
  results.send(buffer);
  buffer.clear();
  buffers.put(std::move(buffer));
  processed.fetch_add(1);
}

void report_progress(const gosan::context& ctx) {
  gosan::ticker every{5ms};
  gosan::defer stop{[&every] { every.stop(); }};
  while (gosan::select(gosan::recv_case(ctx.done()), gosan::recv_case(every.chan())) != 0) {
    std::printf("%d so far\n", processed.load());
  }
}

int main() {
  constexpr int items = 20;
  auto results = gosan::make_chan<std::string>(items);
  gosan::wait_group working, reporting;
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  reporting.go(report_progress, ctx);
  for (int item = 0; item < items; ++item) {
    working.go([item, results] { process(item, results); });
  }
  working.wait();
  cancel();
  reporting.wait();
  results.close();
  int received = 0;
  for (const std::string& result : results) received += !result.empty();
  return received == items ? 0 : 1;
}
