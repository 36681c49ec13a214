// Which tests run when: each at its turn, or some ahead of it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "testing/running.hpp"

namespace gosan::testing {

class schedule {
 public:
  static schedule& get();

  // So many tests may run at the same time; 1: each at its turn.
  void set_limit(std::size_t n) { limit_ = n; }
  // Makes every registered test one of running_test's. Once, before RUN_ALL_TESTS().
  void take_over_all_tests();
  void begin_iteration();
  // The test whose turn it is, started.
  std::shared_ptr<running_test> turn_of(const access::TestInfo& info, access::factory& make);

 private:
  bool may_run_ahead(const access::TestInfo& info) const;
  void queue_tests_of(const access::TestSuite& suite);
  void queue_for(const access::TestInfo& info);
  std::shared_ptr<running_test> test_of(const access::TestInfo& info, access::factory& make);
  void begin(const std::shared_ptr<running_test>& test);
  void begin_more();

  std::size_t limit_ = 1;
  struct registered {
    access::factory* make;
    const access::TestSuite* suite;
  };
  std::map<const access::TestInfo*, registered> all_;  // constant once tests run
  std::mutex lock_;                                    // guards all below
  std::map<const access::TestInfo*, std::shared_ptr<running_test>> tests_;  // of this iteration
  std::set<const access::TestSuite*> queued_;
  std::deque<std::shared_ptr<running_test>> queue_;
  std::size_t running_ = 0;
};

}  // namespace gosan::testing
