// What ends the program: an object destroyed while somebody waits on it, a panic that nobody
// catches. As subprocesses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

struct ended {
  int status;
  std::string text;
};

ended run_case(const std::string& name) {
  std::FILE* out = popen((GOSAN_FATAL_PROGRAM " " + name + " 2>&1").c_str(), "r");
  ended e{-1, {}};
  std::array<char, 4096> block;
  while (std::size_t n = std::fread(block.data(), 1, block.size(), out))
    e.text.append(block.data(), n);
  int status = pclose(out);
  e.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return e;
}

class Destroyed : public testing::TestWithParam<const char*> {};

TEST_P(Destroyed, WhileSomebodyWaitsEndsTheProgramWithItsName) {
  ended e = run_case(GetParam());
  EXPECT_EQ(e.status, 2);
  EXPECT_THAT(e.text,
              testing::HasSubstr("fatal error: " + std::string(GetParam()) + " destroyed while"));
}
INSTANTIATE_TEST_SUITE_P(Objects, Destroyed,
                         testing::Values("mutex", "shared_mutex", "wait_group", "semaphore",
                                         "barrier", "condition_variable"),
                         [](const auto& p) { return std::string(p.param); });

TEST(AtExit, GlobalObjectsMayGoWhileGoroutinesStandInThem) {
  EXPECT_EQ(run_case("exit").status, 0);
}

TEST(Panic, ThatNobodyCatchesEndsTheProgram) {
  ended e = run_case("unhandled");
  EXPECT_EQ(e.status, 2);
  EXPECT_THAT(e.text, testing::HasSubstr("close of nil channel"));
}

}  // namespace
