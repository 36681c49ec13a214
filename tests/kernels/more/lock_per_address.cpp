// A table of locks by address. To lock an address is to lock its entry with the table locked; to unlock it is to look it
// up, which needs the table. Fixed: the table is unlocked before the entry is locked.
#include "../kernel.hpp"

namespace kernels {
namespace lock_per_address {

struct lock_table {
  shared_mutex m;
  std::map<std::string, std::shared_ptr<mutex>> locks;  // guarded by m

  void unlock(const std::string& address) {
    std::shared_lock hold(m);
    locks.at(address)->unlock();
  }
  std::shared_ptr<mutex> entry(const std::string& address) {
    auto& found = locks[address];
    if (!found) found = std::make_shared<mutex>();
    return found;
  }
};

namespace buggy {

void lock(lock_table& t, const std::string& address) {
  std::lock_guard hold(t.m);
  t.entry(address)->lock();
}

void run() {
  auto t = std::make_shared<lock_table>();
  wait_group all;
  for (int i = 0; i < 4; ++i) {
    all.add(1);
    go([t, &all] {
      lock(*t, "http://a");
      t->unlock("http://a");
      all.done();
    });
  }
  all.wait();
}

}  // namespace buggy

namespace fixed {

void lock(lock_table& t, const std::string& address) {
  std::shared_ptr<mutex> entry;
  {
    std::lock_guard hold(t.m);
    entry = t.entry(address);
  }
  entry->lock();
}

void run() {
  auto t = std::make_shared<lock_table>();
  wait_group all;
  for (int i = 0; i < 4; ++i) {
    all.add(1);
    go([t, &all] {
      lock(*t, "http://a");
      t->unlock("http://a");
      all.done();
    });
  }
  all.wait();
}

}  // namespace fixed
}  // namespace lock_per_address

GOSAN_KERNEL(lock_per_address, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
