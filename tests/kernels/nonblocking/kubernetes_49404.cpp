// A test looks whether its handler was called, without having waited for the connection's goroutine that calls it.
// Fixed: an atomic flag, and the goroutine is waited for.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_49404 {

using handlers = std::map<std::string, std::function<void()>>;

namespace buggy {

void serve(const handlers* table) {
  auto started = make_forever<wait_group>();
  started->add(1);
  go([table, started] {
    go([table] { table->at("/")(); });
    started->done();
  });
}

void run() {
  auto called = make_forever<bool>(false);
  auto table = make_forever<const handlers>(handlers{{"/", [called] { *called = true; }}});
  serve(table);
  [[maybe_unused]] volatile bool seen = *called;
  sleep_for(10ms);
}

}  // namespace buggy

namespace fixed {

void serve(const handlers* table) {
  wait_group served;
  served.add(1);
  go([table, &served] {
    go([table, &served] {
      table->at("/")();
      served.done();
    });
  });
  served.wait();
}

void run() {
  auto called = make_forever<std::atomic<bool>>(false);
  auto table = make_forever<const handlers>(handlers{{"/", [called] { *called = true; }}});
  serve(table);
  [[maybe_unused]] volatile bool seen = *called;
  sleep_for(10ms);
}

}  // namespace fixed
}  // namespace kubernetes_49404

GOSAN_KERNEL(kubernetes_49404, "Traditional / Data race", "data-race");
}  // namespace kernels
