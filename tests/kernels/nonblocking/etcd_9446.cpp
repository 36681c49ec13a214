// A transaction's buffer is reset by one goroutine, key by key, while another one looks a key up.
// Fixed: the transaction has a lock.
#include "cells.hpp"

#include <string_view>

namespace kernels {
namespace etcd_9446 {

using buffer = table_cell<std::string_view, int>;

void reset(buffer& b) {
  while (b.size() > 0) b.erase(b.key(0));
}

namespace buggy {

struct transaction {
  buffer b;
};

void run() {
  wait_group all;
  all.go([&all] {
    auto t = make_forever<transaction>();
    t->b.insert("key", 1);
    all.go([t] { reset(t->b); });
    all.go([t] { look_at(t->b.contains("key")); });
  });
  all.wait();
}

}  // namespace buggy

namespace fixed {

struct transaction {
  shared_mutex m;
  buffer b;  // guarded by m
};

void run() {
  wait_group all;
  all.go([&all] {
    auto t = make_forever<transaction>();
    t->b.insert("key", 1);
    all.go([t] {
      std::lock_guard hold(t->m);
      reset(t->b);
    });
    all.go([t] {
      std::shared_lock hold(t->m);
      look_at(t->b.contains("key"));
    });
  });
  all.wait();
}

}  // namespace fixed
}  // namespace etcd_9446

GOSAN_KERNEL(etcd_9446, "Traditional / Data race", "data-race");
}  // namespace kernels
