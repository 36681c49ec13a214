// A table is filled once, by whoever looks something up first; its size is asked for without that. Fixed: with it.
#include "../nonblocking/cells.hpp"

namespace kernels {
namespace once_bypassed {

struct table {
  once filled;
  list_cell<int> entries;

  void fill() {
    filled.call([this] { entries.push(1); });
  }
  void look_up() {
    fill();
    for (int entry : entries) look_at(entry);
  }
};

namespace buggy {

std::size_t size(table& t) { return t.entries.size(); }

void run() {
  auto t = make_forever<table>();
  wait_group both;
  both.go([t] { t->look_up(); });
  both.go([t] { look_at(size(*t)); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

std::size_t size(table& t) {
  t.fill();
  return t.entries.size();
}

void run() {
  auto t = make_forever<table>();
  wait_group both;
  both.go([t] { t->look_up(); });
  both.go([t] { look_at(size(*t)); });
  both.wait();
}

}  // namespace fixed
}  // namespace once_bypassed

GOSAN_KERNEL(once_bypassed, "Traditional / Data race", "data-race");
}  // namespace kernels
