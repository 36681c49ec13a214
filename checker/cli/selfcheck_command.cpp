#include "cli/selfcheck_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/check_command.hpp"
#include "cli/child.hpp"
#include "cli/errors.hpp"
#include "cli/temporary_folder.hpp"
#include "report/inputs.hpp"

namespace gosan::cli {
namespace {

struct planted {
  const char* kind;
  const char* wrong;
  const char* right;
};

constexpr planted pairs[] = {
    {"data-race",
     R"(#include <gosan/gosan.hpp>
int shared;
int main() {
  auto done = gosan::make_chan<void>(1);
  gosan::go([done] { shared = 1; done.send(); });
  int seen = shared;
  done.recv();
  return seen > 1;
})",
     R"(#include <gosan/gosan.hpp>
int shared;
int main() {
  auto done = gosan::make_chan<void>(1);
  gosan::go([done] { shared = 1; done.send(); });
  done.recv();
  return shared != 1;
})"},
    {"goroutine-leak",
     R"(#include <gosan/gosan.hpp>
int main() {
  auto never = gosan::make_chan<int>();
  gosan::go([never] { never.recv(); });
})",
     R"(#include <gosan/gosan.hpp>
int main() {
  auto once = gosan::make_chan<int>();
  gosan::go([once] { once.send(1); });
  return once.recv() != 1;
})"},
    {"deadlock",
     R"(#include <gosan/gosan.hpp>
int main() { gosan::make_chan<int>().send(1); })",
     R"(#include <gosan/gosan.hpp>
int main() { gosan::make_chan<int>(1).send(1); })"},
};

// ": " and the line; nothing when the file is empty.
std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  return std::getline(in, line) ? ": " + line : "";
}

class checker {
 public:
  // What is wrong with the twin; empty when it does what it should.
  std::string check(const planted& pair, bool wrong) {
    const std::string base = fmt::format("{}/{}_{}", folder_.path(), pair.kind, wrong ? "wrong" : "right");
    std::ofstream(base + ".cpp") << (wrong ? pair.wrong : pair.right) << "\n";
    const std::string report = base + ".json";
    const std::string errors = base + ".errors";
    const auto compiled = run_quietly({beside_this_program("gosan-c++"), "-std=c++20", "-O1", base + ".cpp", "-o", base}, errors);
    if (compiled.status != 0) return fmt::format("gosan-c++ could not compile it (status {}){}", compiled.status, first_line(errors));
    const auto ran = run_quietly({"/proc/self/exe", "run", "--report", "json:" + report, "--", base}, errors);
    if (ran.status != (wrong ? status_gated : status_ok))
      return fmt::format("gosan run ended with status {}{}", ran.status, first_line(errors));
    const auto findings = report::read_report(report).findings;
    const bool there = std::any_of(findings.begin(), findings.end(), [&](const finding& f) { return id_of(f.kind) == pair.kind; });
    return there == wrong ? "" : "the finding is of another kind";
  }

 private:
  temporary_folder folder_;
};

}  // namespace

int selfcheck() {
  find_executable(beside_this_program("gosan-c++"));
  checker c;
  bool all = true;
  for (const auto& pair : pairs) {
    const std::string wrong = c.check(pair, true), right = c.check(pair, false);
    fmt::print("{:<16} {}; {}\n", pair.kind, wrong.empty() ? "caught" : "MISSED: " + wrong,
               right.empty() ? "its right twin passes" : "ITS RIGHT TWIN FAILS: " + right);
    all = all && wrong.empty() && right.empty();
  }
  if (!all) throw failure(status_not_verified, "selfcheck failed: findings on this machine are not to be trusted");
  return status_ok;
}

}  // namespace gosan::cli
