// One test of a suite on goroutines of its own.
//
//   main goroutine      GoogleTest's: takes the tests in turn, waits for the one whose turn it is, hands over what came of it
//   warden, one a test  a daemon: opens the test's scope, starts the test, waits for its end, looks for what it left behind
//   test                constructor, SetUp(), body, TearDown(), destructor
//
// Only the test's goroutine has the test object: what is reachable from the others counts as reachable by somebody who may still act,
// and would hide a deadlock.
//
// state         set by          means
// waiting       -               not begun
// running       start()         warden and test are under way
// over          the warden      its results are complete
// A test that can never go on is given up: its goroutines stay as they are, and the warden goes on to the end.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gosan/gosan.hpp"
#include "gosan/testing.hpp"
#include "testing/gtest_access.hpp"

namespace gosan::testing {

class running_test : public std::enable_shared_from_this<running_test> {
 public:
  running_test(const access::TestInfo& info, access::factory& make);

  // Begins it; `at_end` is called by the warden, last of all.
  void start(std::function<void()> at_end = {});
  bool started() const { return started_; }
  // Its turn has come: hands over what failed so far, and from now on failures go to GoogleTest at once.
  void take_turn();
  // Blocks until it is over or given up. REQUIRES: its turn.
  void wait();
  // After wait(): the findings that arose in it and gate, as a failure.
  void tell_findings() const;

  const access::TestInfo& info() const { return info_; }
  const std::string& name() const { return name_; }
  void ignore(const leak_options& o);
  void ignore(finding_kind k);

  // What a running test asks of GoogleTest about itself.
  void add_result(const ::testing::TestPartResult& r);
  void add_property(const std::string& key, const std::string& value);
  bool has_fatal_failure() const;
  bool has_nonfatal_failure() const;
  bool is_skipped() const;
  // Blocks until its turn has come: for what GoogleTest can do for the test at its turn only.
  void await_turn() const { turn_.recv(); }

  // The test of the calling goroutine or thread; else the one whose turn it is; null outside of tests.
  static std::shared_ptr<running_test> current();

 private:
  void watch_over();
  void run_body();
  void give_up(std::vector<std::uint64_t> dead);
  void tell_properties();
  bool has_result(bool (::testing::TestPartResult::*what)() const) const;

  const access::TestInfo& info_;
  access::factory& make_;
  const std::string name_;
  std::function<void()> at_end_;
  const chan<void> over_ = make_chan<void>(1), given_up_ = make_chan<void>(1);
  const chan<void> turn_ = make_chan<void>();  // closed when its turn has come
  std::atomic<std::uint64_t> goroutine_{0};  // of the test
  std::uint64_t scope_ = 0;                  // constant once the test runs
  bool started_ = false, stuck_ = false;
  std::vector<finding> found_;               // the warden's until it is over

  // Not a mutex of ours: taken while GoogleTest's own lock is held, and its waiters must not park.
  mutable std::mutex lock_;
  leak_options ignored_;                                         // guarded by lock_, as all below
  bool at_turn_ = false;
  std::vector<::testing::TestPartResult> results_;               // of all so far
  std::size_t told_ = 0;                                         // of them GoogleTest knows
  std::vector<std::pair<std::string, std::string>> properties_;  // not yet told
};

}  // namespace gosan::testing
