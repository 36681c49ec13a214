// Fatal outcomes as subprocesses: the head of what they print, and the exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include <cstdio>
#include <string>

namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct outcome {
  int status;
  std::string out;
};

outcome run_command(const std::string& command) {
  outcome o{-1, {}};
  FILE* pipe = popen(("timeout -s KILL 60 " + command + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) o.out.append(buffer, n);
  const int status = pclose(pipe);
  o.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return o;
}

outcome testprog(const std::string& name) { return run_command(std::string(TESTPROG) + " " + name); }

TEST(fatal, deadlock_lists_all_goroutines) {
  const outcome o = testprog("deadlock");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, StartsWith("fatal error: all goroutines are asleep - deadlock!\n\ngoroutine "));
  EXPECT_THAT(o.out, ContainsRegex("goroutine [0-9]+ \"main\" \\[chan receive\\]:\n.*wait_for_ever"));
  EXPECT_THAT(o.out, ContainsRegex("goroutine [0-9]+ \"sleeper\" \\[chan receive\\]:\n.*wait_for_ever"));
  EXPECT_THAT(o.out, ContainsRegex("created by .* in goroutine [0-9]+\n"));
  EXPECT_THAT(o.out, HasSubstr("testprog.cpp:"));
}

TEST(fatal, a_daemon_does_not_hide_a_deadlock) {
  const outcome o = testprog("deadlock_in_daemon");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, HasSubstr("\"background\" [chan receive, daemon]"));
}

TEST(fatal, a_timer_or_a_thread_may_still_wake_somebody) {
  EXPECT_EQ(testprog("no_deadlock_with_a_timer").status, 4);
  EXPECT_EQ(testprog("no_deadlock_with_a_thread").status, 4);
}

TEST(fatal, a_deadlock_is_seen_when_the_last_thread_has_ended) {
  EXPECT_EQ(testprog("deadlock_after_a_thread").status, 2);
}

TEST(fatal, goexit_of_main_leaves_nobody) {
  const outcome o = testprog("main_goexit");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, StartsWith("fatal error: no goroutines (main called goexit) - deadlock!\n"));
}

TEST(fatal, an_exception_that_leaves_a_goroutine_is_a_panic) {
  const outcome o = testprog("panic");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, ContainsRegex("^panic: boom \\[std::runtime_error\\]\n\ngoroutine [0-9]+ \"thrower\" \\[running\\]:\n"));
  EXPECT_THAT(o.out, HasSubstr("throw_deep(int)"));  // the stack is that of the throw
  EXPECT_THAT(o.out, ContainsRegex("created by .* in goroutine [0-9]+\n"));
  EXPECT_THAT(o.out, Not(HasSubstr("not reached")));
}

TEST(fatal, a_stack_overflow_names_the_goroutine) {
  const outcome o = testprog("overflow");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, StartsWith("gosan: goroutine stack exceeds its limit of 131072 bytes\nfatal error: stack overflow\n\ngoroutine "));
  EXPECT_THAT(o.out, HasSubstr("\"deep\" [running]:\n"));
  EXPECT_THAT(o.out, HasSubstr("overflow(int)"));
  EXPECT_THAT(o.out, ContainsRegex("created by .* in goroutine [0-9]+\n"));
  EXPECT_EQ(testprog("overflow_of_main").status, 2);
  EXPECT_EQ(testprog("overflow_with_a_large_frame").status, 2);
}

void expect_overflow(const std::string& name, const std::string& goroutine, const std::string& noticed) {
  const outcome o = testprog(name);
  EXPECT_EQ(o.status, 2) << name;
  EXPECT_THAT(o.out, StartsWith("gosan: goroutine stack exceeds its limit of 131072 bytes" + noticed +
                                "\nfatal error: stack overflow\n\ngoroutine "));
  EXPECT_THAT(o.out, HasSubstr("\"" + goroutine + "\" [running]:\n"));
  EXPECT_THAT(o.out, ContainsRegex("created by .* in goroutine [0-9]+\n"));
}

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool plain_build = false;
#else
constexpr bool plain_build = true;
#endif

// A kernel without guards that cost no mapping, and one that has no mapping left either.
TEST(fatal, a_stack_overflow_is_found_whatever_guards_the_kernel_grants) {
  if (!plain_build) GTEST_SKIP() << "writes over stacks as no sanitizer expects it";
  expect_overflow("overflow_at_a_protected_page", "deep", "");
  expect_overflow("overflow_without_end_or_guard", "deep", "");
  expect_overflow("overflow_over_a_canary", "far",
                  " (noticed when it stopped: no mapping was left for a guard, see vm.max_map_count)");
}

TEST(fatal, a_frame_that_steps_over_the_guard_is_an_overflow) {
  if (!plain_build) GTEST_SKIP() << "steps into what may be a sanitizer's shadow";
  expect_overflow("a_frame_larger_than_the_guard", "wide", "");
}

TEST(fatal, another_fault_is_what_it_ever_was) {
  const outcome o = testprog("segv");
  EXPECT_NE(o.status, 2);
  EXPECT_NE(o.status, 0);
  EXPECT_THAT(o.out, Not(HasSubstr("stack overflow")));
}

TEST(fatal, sigquit_prints_all_goroutines_and_goes_on) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "known weakness: ThreadSanitizer holds signals back, and the dump then lacks goroutines";
#endif
  const outcome o = testprog("sigquit");
  EXPECT_EQ(o.status, 8);
  EXPECT_THAT(o.out, ContainsRegex("goroutine [0-9]+ \"sleeper\" \\[chan receive\\]:\n"));
  EXPECT_THAT(o.out, ContainsRegex("goroutine [0-9]+ \"busy\" \\[running\\]:\n"));
  // The signal may come before main has reached its blocking call.
  EXPECT_THAT(o.out, ContainsRegex("goroutine [0-9]+ \"main\" \\[(blocking call|running|runnable)\\]:\n"));
}

TEST(fatal, panic_error_and_other_types_say_what_they_are) {
  EXPECT_THAT(testprog("panic_error").out, StartsWith("panic: send on closed channel [gosan::panic_error]\n"));
  EXPECT_THAT(testprog("panic_int").out, StartsWith("panic: exception [int]\n"));
}

TEST(fatal, a_thread_that_runs_no_goroutine_terminates_as_ever) {
  const outcome o = testprog("terminate_on_a_thread");
  EXPECT_EQ(o.status, 128 + SIGABRT);
  EXPECT_THAT(o.out, Not(HasSubstr("panic:")));
}

TEST(fatal, goexit_cannot_be_swallowed) {
  const outcome o = testprog("goexit_swallowed");
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, StartsWith("fatal error: goexit was caught by a catch (...) that does not rethrow\n"));
}

TEST(fatal, exit_from_a_goroutine_runs_static_destructors) {
  const outcome o = testprog("exit_in_goroutine");
  EXPECT_EQ(o.status, 9);
  EXPECT_EQ(o.out, "static destructor\n");
}

TEST(fatal, run_returns_while_others_run) {
  const outcome o = testprog("exit_while_others_run");
  EXPECT_EQ(o.status, 6);
  EXPECT_EQ(o.out, "static destructor\n");
}

TEST(fatal, the_programs_own_main_is_the_main_goroutine) {
  const outcome o = run_command(std::string(MAINPROG) + " argument");
  EXPECT_EQ(o.status, 5);
  EXPECT_EQ(o.out, "main is main: argument\nstatic destructor\n");
}

// What a handler ends in a program without goroutines it ends here, though it may run on another thread than main.
TEST(signals, end_what_main_waits_in) {
  const std::string program = INTERRUPTEDPROG;
  EXPECT_EQ(run_command(program + " end").out, "paused\nslept\ninterrupted\n");
  EXPECT_EQ(run_command(program + " end beside").out, "paused\nslept\ninterrupted\n");
#if !__has_feature(thread_sanitizer)  // known weakness: a read() that a signal meets there ends, whatever the handler asks for
  EXPECT_EQ(run_command(program + " restart").out, "paused\nslept\nread\n");
  EXPECT_EQ(run_command(program + " restart beside").out, "paused\nslept\nread\n");
#endif
}

}  // namespace
