// checks: -*,gosan-lock-order
// A lock that all share, and one of each object that is looked up.
#include <gosan/gosan.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

struct lease {
  gosan::mutex m;
  int id = 0;
};

// ---- What it flags ----

class manager {
 public:
  void renew(int id) {
    std::lock_guard names(names_);
    auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    std::lock_guard one(found->second->m);
    ++renewed_;
  }
  void release(int id) {
    lease* l = find(id);
    std::lock_guard one(l->m);
    std::lock_guard names(names_);  // expect: gosan-lock-order
    by_id_.erase(id);
  }

 private:
  lease* find(int id);
  gosan::mutex names_;
  std::map<int, lease*> by_id_;
  int renewed_ = 0;
};

// ---- What it does not ----

class careful_manager {
 public:
  void renew(int id) {
    lease* l = nullptr;
    {
      std::lock_guard names(names_);
      auto found = by_id_.find(id);
      if (found == by_id_.end()) return;
      l = found->second;
    }
    std::lock_guard one(l->m);
    ++renewed_;
  }
  void release(int id) {
    lease* l = find(id);
    std::lock_guard one(l->m);
    std::lock_guard names(names_);
    by_id_.erase(id);
  }

 private:
  lease* find(int id);
  gosan::mutex names_;
  std::map<int, lease*> by_id_;
  int renewed_ = 0;
};

// Objects that nobody else has yet.
class maker {
 public:
  void add(int id) {
    auto made = std::make_shared<lease>();
    std::lock_guard one(made->m);
    std::lock_guard names(names_);
    all_[id] = made;
  }
  void renew(int id) {
    std::lock_guard names(names_);
    auto found = all_.find(id);
    if (found == all_.end()) return;
    std::lock_guard one(found->second->m);
  }

 private:
  gosan::mutex names_;
  std::map<int, std::shared_ptr<lease>> all_;
};

// Two of one kind, and no lock that all share.
lease* first_of(std::vector<lease*>& all);
void locks_by_address(std::vector<lease*>& all, std::vector<lease*>& others) {
  lease *a = first_of(all), *b = first_of(others);
  if (b < a) std::swap(a, b);
  std::lock_guard one(a->m);
  std::lock_guard two(b->m);
}
