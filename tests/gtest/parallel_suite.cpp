// Many tests at the same time: each knows what must be told of it, and nothing else.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <gosan/gosan.hpp>
#include <gosan/testing.hpp>
#include <string>

namespace {

// How many: of the environment, else 1000.
int count() {
  const char* text = std::getenv("GOSAN_PARALLEL_TESTS");
  return text ? std::atoi(text) : 1000;
}

const char* const ways[] = {"clean", "leak", "assertion", "misuse", "fatal"};

void stuck(gosan::chan<int> c) { c.recv(); }

void say_wrong(const char* what) { std::printf("WRONG: %s in %s\n", what, testing::UnitTest::GetInstance()->current_test_info()->name()); }

class numbered : public testing::Test {
 public:
  explicit numbered(int number) : number_(number) {}

 private:
  // Some goroutines that pass a number round, so that tests run into one another.
  void work() {
    auto c = gosan::make_chan<int>();
    gosan::wait_group all;
    for (int i = 0; i < 4; ++i)
      all.go([&, i] {
        i % 2 ? c.send(i) : void(c.recv());
        gosan::yield();
      });
    all.wait();
  }

  void TestBody() override {
    work();
    if (name() != testing::UnitTest::GetInstance()->current_test_info()->name()) say_wrong("current_test_info()");
    RecordProperty("number", number_);
    const std::string message = "number " + std::to_string(number_) + ".";
    switch (number_ % 5) {
      case 1: gosan::go(gosan::go_options{.name = message.c_str()}, stuck, gosan::make_chan<int>()); break;
      case 2: {
        auto done = gosan::make_chan<void>();
        gosan::go([=] {
          SCOPED_TRACE(message);
          gosan::yield();
          EXPECT_TRUE(false);
          done.send();
        });
        done.recv();
        break;
      }
      case 3: {
        gosan::this_goroutine::set_name(message.c_str());
        auto c = gosan::make_chan<int>(1);
        c.close();
        EXPECT_THROW(c.send(1), gosan::panic_error);
        break;
      }
      case 4:
        [&] { ASSERT_TRUE(false) << message; }();
        if (!HasFatalFailure()) say_wrong("HasFatalFailure()");
        break;
      default: break;
    }
    work();
    if (HasFatalFailure() != (number_ % 5 == 4) || HasNonfatalFailure() != (number_ % 5 == 2)) say_wrong("HasFailure()");
  }

  std::string name() const { return "test_" + std::to_string(number_) + "_" + ways[number_ % 5]; }
  const int number_;
};

// Shared by the tests of its suite, between its setting up and its tearing down.
class with_state : public testing::Test {
 public:
  static void SetUpTestSuite() { state = new int(1); }
  static void TearDownTestSuite() { delete state, state = nullptr; }

 protected:
  static inline int* state = nullptr;
};
TEST_F(with_state, sees_it) { EXPECT_EQ(*state, 1); }
TEST_F(with_state, sees_it_too) { EXPECT_EQ(*state, 1); }
TEST_F(with_state, fails) { EXPECT_EQ(*state, 2); }

class with_value : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(values, with_value, testing::Values(1, 2, 3));
TEST_P(with_value, keeps_it) {
  const int before = GetParam();
  gosan::sleep_for(std::chrono::microseconds(100));
  EXPECT_EQ(GetParam(), before);
}

TEST(parallel_deadlocks, locked_twice) {
  gosan::mutex m;
  m.lock();
  m.lock();
}

TEST(death_DeathTest, by_name) { EXPECT_EXIT(std::exit(3), testing::ExitedWithCode(3), ""); }
TEST(other, death_test) { EXPECT_EXIT(std::exit(4), testing::ExitedWithCode(4), ""); }

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 0; i < count(); ++i) {
    const std::string name = "test_" + std::to_string(i) + "_" + ways[i % 5];
    testing::RegisterTest("many", name.c_str(), nullptr, nullptr, __FILE__, __LINE__, [i]() -> testing::Test* { return new numbered(i); });
  }
  gosan::testing::parallel(16);
  return gosan::testing::run_all_tests();
}
