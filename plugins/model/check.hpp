// A check: what it is for, and the function that runs it over one translation unit.
//
// Each check is one source file under checks/ which defines `const check NAME = {...}` by GOSAN_CHECK; the list of all of
// them is made from the folder by the build. The help, --explain, the head of the check's page and the rules of a SARIF
// report come from the same check_info.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct check_info {
  llvm::StringLiteral id;     // gosan-closure-capture
  llvm::StringLiteral title;  // one line, no full stop
  llvm::StringLiteral why;    // what goes wrong at run time
  llvm::StringLiteral wrong;  // a few lines that it flags
  llvm::StringLiteral right;  // the same, repaired
  llvm::StringLiteral since;
  bool on_by_default = true;
  llvm::StringLiteral limits = "";  // what it does not see, or takes for granted
};

struct remark {
  clang::SourceLocation at;
  std::string text;
};

struct diagnosis {
  clang::SourceLocation at;
  clang::SourceRange range;
  std::string text;
  std::vector<remark> notes;
  std::vector<clang::FixItHint> fixes;
};

// Where a check says what it found.
class findings {
 public:
  virtual ~findings() = default;
  virtual void add(diagnosis d) = 0;
};

struct check {
  const check_info& info;
  void (*run)(unit& u, findings& out);
};

// Every check, in the order of their ids.
llvm::ArrayRef<const check*> all_checks();
const check* check_named(llvm::StringRef id);

// Runs one check, with the diagnoses sorted by place, each once, and without those that a NOLINT comment silences.
void run_check(const check& c, unit& u, const std::function<void(const diagnosis&)>& emit);

}  // namespace gosan::checks
