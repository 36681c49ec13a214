// Names and lines of this very program, by every way there is to find them.
#include "symbolize/symbolize.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "report/symbols.hpp"
#include "symbolize/line_process.hpp"

namespace symbolize_test_space {

[[gnu::always_inline]] inline std::uintptr_t inlined_helper(int line) {
  // A return address inside the caller: that of the call made here, in the inlined body.
  std::uintptr_t here;
  asm volatile("lea 1f(%%rip), %0\n1:\n nop" : "=r"(here));
  (void)line;
  return here + 1;
}

[[gnu::noinline]] std::uintptr_t outer_function() { return inlined_helper(__LINE__); }

}  // namespace symbolize_test_space

namespace {

using namespace gosan;

class each_way : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { symbolize::use_program(GetParam()); }
  void TearDown() override { symbolize::use_program(""); }
};

INSTANTIATE_TEST_SUITE_P(programs, each_way, testing::Values("", "llvm-symbolizer-19", "addr2line"));

TEST_P(each_way, finds_inlined_functions_and_places) {
  const std::uintptr_t pcs[] = {symbolize_test_space::outer_function()};
  const auto frames = symbolize::resolve(pcs);
  ASSERT_EQ(frames.size(), 2u);
  // addr2line of binutils gives an inlined function the outer one's name when there are only line tables.
  if (std::string_view(GetParam()) != "addr2line") {
    EXPECT_NE(frames[0].function.find("inlined_helper"), std::string::npos) << frames[0].function;
  }
  EXPECT_TRUE(frames[0].inlined);
  EXPECT_TRUE(frames[0].file.ends_with("symbolize_test.cpp")) << frames[0].file;
  EXPECT_NE(frames[1].function.find("outer_function"), std::string::npos) << frames[1].function;
  EXPECT_FALSE(frames[1].inlined);
  EXPECT_GT(frames[1].line, frames[0].line);
}

TEST_P(each_way, answers_every_address_in_order) {
  const std::uintptr_t known = symbolize_test_space::outer_function();
  const auto a = symbolize::address_of(known);
  const symbolize::address asked[] = {{"/no/such/module", 0x10}, a, {}, a, {a.module, 1}};
  const auto groups = symbolize::look_up(asked);
  ASSERT_EQ(groups.size(), 5u);
  EXPECT_EQ(groups[0][0].function, "");
  EXPECT_EQ(groups[1].size(), 2u);
  EXPECT_EQ(groups[2][0].function, "");
  EXPECT_EQ(groups[3].size(), 2u);
  EXPECT_GE(groups[4].size(), 1u);
}

TEST(symbolize, falls_back_to_the_symbol_table) {
  symbolize::use_program("none");
  const std::uintptr_t pcs[] = {symbolize_test_space::outer_function()};
  const auto frames = symbolize::resolve(pcs);
  symbolize::use_program("");
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_NE(frames[0].function.find("outer_function"), std::string::npos) << frames[0].function;
  EXPECT_EQ(frames[0].line, 0u);
  EXPECT_NE(symbolize::text_of(frames[0]).find("+0x"), std::string::npos);
}

TEST(symbolize, a_program_that_is_none_does_no_harm) {
  for (const char* program : {"/bin/false", "/no/such/program", "/bin/true"}) {
    symbolize::use_program(program);
    const std::uintptr_t pcs[] = {symbolize_test_space::outer_function(), 0, 1};
    const auto frames = symbolize::resolve(pcs);
    ASSERT_EQ(frames.size(), 3u) << program;
    EXPECT_NE(frames[0].function.find("outer_function"), std::string::npos) << program;
    EXPECT_EQ(frames[2].module, "");
  }
  symbolize::use_program("");
}

TEST(symbolize, a_foreign_file_as_a_module_is_no_crash) {
  for (const char* file : {"/proc/self/maps", "/etc/passwd", "/dev/null", "/", "with \"quotes\""}) {
    const symbolize::address asked[] = {{file, 0x1000}};
    EXPECT_EQ(symbolize::look_up(asked)[0][0].function, "") << file;
  }
}

TEST(line_process, an_unknown_program_is_dead_at_once) {
  symbolize::line_process p({"/no/such/program"});
  std::string line;
  EXPECT_FALSE(p.send("x\n"));
  EXPECT_FALSE(p.read_line(line));
}

TEST(line_process, speaks_in_lines) {
  symbolize::line_process p({"/bin/cat"});
  std::string line;
  ASSERT_TRUE(p.send("one\ntwo\n"));
  ASSERT_TRUE(p.read_line(line));
  EXPECT_EQ(line, "one");
  ASSERT_TRUE(p.read_line(line));
  EXPECT_EQ(line, "two");
}

TEST(add_symbols, expands_inlined_frames_and_leaves_known_ones) {
  finding f;
  f.kind = finding_kind::data_race;
  const auto at = symbolize::address_of(symbolize_test_space::outer_function());
  frame unknown, known;
  unknown.module = at.module;
  unknown.offset = at.offset;
  known.function = "named";
  f.parties.resize(1);
  f.parties[0].stack = {unknown, known};
  report::add_symbols({&f, 1});
  const auto& stack = f.parties[0].stack;
  ASSERT_EQ(stack.size(), 3u);
  EXPECT_TRUE(stack[0].inlined);
  EXPECT_NE(stack[1].function.find("outer_function"), std::string::npos);
  EXPECT_EQ(stack[2].function, "named");
  EXPECT_EQ(f.fingerprint.size(), 16u);
}

}  // namespace
