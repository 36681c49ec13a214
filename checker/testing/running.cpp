#include "testing/running.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "options/options.hpp"
#include "testing/attribution.hpp"
#include "testing/findings.hpp"
#include "testing/recording.hpp"

namespace gosan::testing {
namespace {

using ::testing::Test;
using ::testing::TestPartResult;

std::mutex known_lock;
std::unordered_map<std::uint64_t, std::weak_ptr<running_test>>& known() {  // by scope, guarded by known_lock
  static auto* all = new std::unordered_map<std::uint64_t, std::weak_ptr<running_test>>;
  return *all;
}
std::weak_ptr<running_test> at_turn;  // guarded by known_lock

std::uint64_t current_scope() { return recording() ? live::actors::scope_of(live::current_actor()) : 0; }

void fail(const std::string& message) {
  ::testing::internal::AssertHelper(TestPartResult::kFatalFailure, nullptr, -1, message.c_str()) = ::testing::Message();
}

// As GoogleTest does it around each piece of a test.
template <typename F>
void guarded(const char* where, F f) {
  if (!GTEST_FLAG_GET(catch_exceptions)) return f();
  try {
    f();
  } catch (const ::testing::internal::GoogleTestFailureException&) {
    // told already
  } catch (const abi::__forced_unwind&) {
    throw;  // goexit()
  } catch (const std::exception& e) {
    fail(std::string("C++ exception with description \"") + e.what() + "\" thrown in " + where + ".");
  } catch (...) {
    fail(std::string("Unknown C++ exception thrown in ") + where + ".");
  }
}

bool may_go_on() { return !Test::HasFatalFailure() && !Test::IsSkipped(); }

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append(leak_options& to, const leak_options& from) {
  append(to.ignore_top_function, from.ignore_top_function);
  append(to.ignore_any_function, from.ignore_any_function);
  append(to.ignore_created_by, from.ignore_created_by);
  append(to.ignore_name, from.ignore_name);
  append(to.ignore_goroutines, from.ignore_goroutines);
}

}  // namespace

running_test::running_test(const access::TestInfo& info, access::factory& make)
    : info_(info), make_(make), name_(std::string(info.test_suite_name()) + "." + info.name()) {
  // The plain library knows no scopes: whatever is there already is not of this test.
  if (!recording()) ignored_.ignore_current();
}

namespace {

// Each look stops the world: several at the same time would let nobody else go on. They wait parked, not on their threads.
class one_verifies {
 public:
  one_verifies() { turn().send(); }
  ~one_verifies() { turn().recv(); }
  one_verifies(const one_verifies&) = delete;
  one_verifies& operator=(const one_verifies&) = delete;

 private:
  static const chan<void>& turn() {
    static auto* one = new chan<void>(make_chan<void>(1));  // wardens may be alive until the end
    return *one;
  }
};

}  // namespace

void running_test::start(std::function<void()> at_end) {
  started_ = true;
  at_end_ = std::move(at_end);
  go_daemon("warden", [self = shared_from_this()] { self->watch_over(); });
}

void running_test::watch_over() {
  const verify_scope scope(name_);
  scope_ = current_scope();
  if (scope_) {
    const std::lock_guard hold(known_lock);
    known()[scope_] = weak_from_this();
  }
  const auto before = found_in(name_);
  const auto ended = make_chan<void>(1);
  go(go_options{.name = name_.c_str(), .stack_size = process_options().main_stack_size}, [self = shared_from_this(), ended] {
    const defer tell{[&ended] { ended.send(); }};
    self->goroutine_.store(this_goroutine::id());
    self->run_body();
  });
  select(recv_case(ended), recv_case(given_up_));
  leak_options o;
  {
    const std::lock_guard hold(lock_);
    o = ignored_;
  }
  if (recording()) {
    const one_verifies mine;
    verify_no_leaks(o);
    found_ = fresh_in(name_, before);
  } else {
    found_ = leaks(o);
  }
  over_.send();
  if (at_end_) at_end_();
}

void running_test::run_body() {
  std::unique_ptr<Test> test;
  guarded("the test fixture's constructor", [&] { test.reset(make_.CreateTest()); });
  if (test && may_go_on()) {
    guarded("SetUp()", [&] { access::set_up(*test); });
    if (may_go_on()) guarded("the test body", [&] { access::body(*test); });
    guarded("TearDown()", [&] { access::tear_down(*test); });
  }
  guarded("the test fixture's destructor", [&] { test.reset(); });
}

void running_test::take_turn() {
  {
    const std::lock_guard hold(known_lock);
    at_turn = weak_from_this();
  }
  std::unique_lock hold(lock_);
  while (told_ < results_.size()) {
    const TestPartResult next = results_[told_++];
    hold.unlock();
    pass_on(next);
    hold.lock();
  }
  at_turn_ = true;
  turn_.close();
}

// Looks now and then, ever less often, whether there is still something to wait for.
void running_test::wait() {
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, std::chrono::milliseconds(1000))) {
    bool over = false;
    if (!live::judge_waited_for) {
      over_.recv();
      over = true;
    } else {
      select(recv_case(over_, [&] { over = true; }), recv_case(after(pause)));
    }
    if (over) break;
    const auto id = goroutine_.load();
    if (auto dead = id ? live::judge_waited_for(id) : std::vector<std::uint64_t>{}; !dead.empty()) {
      give_up(std::move(dead));
      break;
    }
  }
  tell_properties();
}

// Not under lock_: GoogleTest locks too.
void running_test::tell_properties() {
  std::vector<std::pair<std::string, std::string>> list;
  {
    const std::lock_guard hold(lock_);
    list.swap(properties_);
  }
  for (const auto& [key, value] : list) pass_on_property(key, value);
}

void running_test::give_up(std::vector<std::uint64_t> dead) {
  stuck_ = true;
  {
    const std::lock_guard hold(lock_);
    append(ignored_.ignore_goroutines, dead);
  }
  given_up_.send();
  over_.recv();
}

void running_test::tell_findings() const {
  std::vector<finding> list = found_;
  std::string text;
  blocking([&] {  // names are looked up by another process
    if (gates(list)) text = text_of(std::move(list));
  });
  if (!text.empty()) {
    ADD_FAILURE() << text;
  } else if (stuck_ && found_.empty()) {
    ADD_FAILURE() << "the test can never go on; its goroutines stay as they are";
  }
}

void running_test::ignore(const leak_options& o) {
  const std::lock_guard hold(lock_);
  append(ignored_, o);
}

void running_test::ignore(finding_kind k) {
  if (live::findings::meant_in_scope) live::findings::meant_in_scope(scope_, k);
}

void running_test::add_result(const TestPartResult& r) {
  std::unique_lock hold(lock_);
  results_.push_back(r);
  if (!at_turn_) return;
  told_ = results_.size();
  hold.unlock();
  pass_on(r);
}

void running_test::add_property(const std::string& key, const std::string& value) {
  const std::lock_guard hold(lock_);
  properties_.emplace_back(key, value);
}

bool running_test::has_result(bool (TestPartResult::*what)() const) const {
  const std::lock_guard hold(lock_);
  return std::any_of(results_.begin(), results_.end(), [what](const TestPartResult& r) { return (r.*what)(); });
}

bool running_test::has_fatal_failure() const { return has_result(&TestPartResult::fatally_failed); }
bool running_test::has_nonfatal_failure() const { return has_result(&TestPartResult::nonfatally_failed); }
bool running_test::is_skipped() const { return has_result(&TestPartResult::skipped); }

std::shared_ptr<running_test> running_test::current() {
  const std::uint64_t scope = current_scope();
  const std::lock_guard hold(known_lock);
  if (scope) {
    const auto at = known().find(scope);
    if (auto test = at == known().end() ? nullptr : at->second.lock()) return test;
  }
  return at_turn.lock();
}

}  // namespace gosan::testing
