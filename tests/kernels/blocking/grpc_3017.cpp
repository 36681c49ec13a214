// A cache takes its entries out by timer. A timer's function that was cancelled too late to be stopped finds a flag set,
// and returns with the lock held. Fixed: unlocked on that path too.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_3017 {

struct entry {
  std::function<void()> cancel;
  bool abort = false;
};

struct cache {
  mutex m;
  std::map<int, std::shared_ptr<entry>> by_address;  // guarded by m, as is:
  std::map<int, int> address_of;                     // by connection

  void add(int connection, int address) {
    std::lock_guard hold(m);
    auto found = by_address.find(address);
    if (found == by_address.end()) {
      address_of[connection] = address;
      return;
    }
    found->second->cancel();
    by_address.erase(found);
  }
};

constexpr int rounds = 1000, connection = 1, address = 1;

namespace buggy {

void remove(const std::shared_ptr<cache>& c) {
  std::lock_guard hold(c->m);
  auto e = std::make_shared<entry>();
  c->by_address[address] = e;
  auto expiry = std::make_shared<timer>(after_func(1ns, [c, e] {
    c->m.lock();
    if (e->abort) return;
    c->address_of.erase(connection);
    c->by_address.erase(address);
    c->m.unlock();
  }));
  e->cancel = [e = e.get(), expiry] {
    if (!expiry->stop()) e->abort = true;
  };
}

void run() {
  auto c = std::make_shared<cache>();
  auto done = make_chan<void>();
  c->add(connection, address);
  go([c, done] {
    for (int i = 0; i < rounds; ++i) {
      remove(c);
      c->add(connection, address);
    }
    done.close();
  });
  done.recv();
}

}  // namespace buggy

namespace fixed {

void remove(const std::shared_ptr<cache>& c) {
  std::lock_guard hold(c->m);
  auto e = std::make_shared<entry>();
  c->by_address[address] = e;
  auto expiry = std::make_shared<timer>(after_func(1ns, [c, e] {
    c->m.lock();
    if (e->abort) {
      c->m.unlock();
      return;
    }
    c->address_of.erase(connection);
    c->by_address.erase(address);
    c->m.unlock();
  }));
  e->cancel = [e = e.get(), expiry] {
    if (!expiry->stop()) e->abort = true;
  };
}

void run() {
  auto c = std::make_shared<cache>();
  auto done = make_chan<void>();
  c->add(connection, address);
  go([c, done] {
    for (int i = 0; i < rounds; ++i) {
      remove(c);
      c->add(connection, address);
    }
    done.close();
  });
  done.recv();
}

}  // namespace fixed
}  // namespace grpc_3017

GOSAN_KERNEL(grpc_3017, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
