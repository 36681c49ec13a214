// A connection's labels are read with no lock by who added the connection, and emptied by a push that holds the lock for
// reading only. Fixed: read under the read lock, written under the write lock.
#include "cells.hpp"

#include <string_view>

namespace kernels {
namespace istio_16742 {

struct node {
  list_cell<std::string_view> labels;
};

struct connection {
  node* of = make_forever<node>();
};

struct server {
  shared_mutex m;
  std::map<int, connection*> clients;  // guarded by m
};

namespace buggy {

void add(server& s) {
  auto c = make_forever<connection>();
  {
    std::lock_guard hold(s.m);
    s.clients[1] = c;
  }
  for (std::string_view label : c->of->labels) look_at(label);
}

void push(server& s) {
  std::shared_lock hold(s.m);
  for (const auto& [id, c] : s.clients) c->of->labels.clear();
}

void run() {
  wait_group all;
  all.go([&all] {
    auto s = make_forever<server>();
    all.go([s] { add(*s); });
    all.go([s] { push(*s); });
  });
  all.wait();
}

}  // namespace buggy

namespace fixed {

void add(server& s) {
  auto c = make_forever<connection>();
  {
    std::lock_guard hold(s.m);
    s.clients[1] = c;
  }
  std::shared_lock hold(s.m);
  for (std::string_view label : c->of->labels) look_at(label);
}

void push(server& s) {
  std::lock_guard hold(s.m);
  for (const auto& [id, c] : s.clients) c->of->labels.clear();
}

void run() {
  wait_group all;
  all.go([&all] {
    auto s = make_forever<server>();
    all.go([s] { add(*s); });
    all.go([s] { push(*s); });
  });
  all.wait();
}

}  // namespace fixed
}  // namespace istio_16742

GOSAN_KERNEL(istio_16742, "Traditional / Data race", "data-race");
}  // namespace kernels
