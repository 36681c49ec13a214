// One run of gosan-check: files in parallel, what they gave printed, reported, repaired and judged.
#pragma once

#include <mutex>
#include <tuple>

#include "front/check_file.hpp"
#include "gate/gate.hpp"
#include "report/outputs.hpp"

namespace gosan::checks {

enum status { clean = 0, used_wrongly = 2, not_checked = 3, found = 66 };

class check_run {
 public:
  settings chosen;
  gate::rules rules;
  std::vector<report::output> reports;
  unsigned jobs = 0;
  bool fix = false, quiet = false;
  bool judged_later = false;  // a baseline or suppressions say what is worth printing

  // Throws report::user_error when a file of settings means nothing, or a report or a repaired file
  // cannot be written.
  int over(const clang::tooling::CompilationDatabase& database,
           const std::vector<std::string>& list);

 private:
  void take(const std::string& file, file_result r, std::size_t of);
  void fill_document();
  void print_later() const;
  void print_summary(std::size_t gated) const;
  void apply_edits() const;

  std::mutex guard_;
  // Guarded by guard_ while files are checked.
  std::size_t finished_ = 0, unparsed_ = 0;
  std::set<std::string> wrong_configs_;
  report::document document_;
  std::vector<told> told_;
  // Findings in headers come with every file that includes them.
  std::set<std::tuple<std::string, unsigned, unsigned, std::string, std::string>> known_;
  std::vector<clang::tooling::Replacement> edits_;
};

}  // namespace gosan::checks
