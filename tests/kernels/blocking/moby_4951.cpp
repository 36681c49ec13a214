// A device's lock is taken under the lock of the set, which is then given up for a while and taken again under the
// device's. Fixed: the set is unlocked before the device is locked, so the order is always device, set.
#include "../kernel.hpp"

namespace kernels {
namespace moby_4951 {

struct device {
  mutex m;
};

struct device_set {
  mutex m;
  std::map<std::string, std::shared_ptr<device>> devices{{"sda", std::make_shared<device>()}};  // guarded by m
};

namespace buggy {

void remove(device_set& set, const std::string& name) {
  set.m.lock();
  auto d = set.devices.at(name);
  d->m.lock();
  set.m.unlock();
  sleep_for(300ns);
  set.m.lock();
  d->m.unlock();
  set.m.unlock();
}

void run() {
  auto set = std::make_shared<device_set>();
  go([set] { remove(*set, "sda"); });
  go([set] { remove(*set, "sda"); });
}

}  // namespace buggy

namespace fixed {

void remove(device_set& set, const std::string& name) {
  set.m.lock();
  auto d = set.devices.at(name);
  set.m.unlock();
  d->m.lock();
  sleep_for(300ns);
  set.m.lock();
  d->m.unlock();
  set.m.unlock();
}

void run() {
  auto set = std::make_shared<device_set>();
  go([set] { remove(*set, "sda"); });
  go([set] { remove(*set, "sda"); });
}

}  // namespace fixed
}  // namespace moby_4951

GOSAN_KERNEL(moby_4951, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
