#include "front/check_run.hpp"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Process.h>
#include <llvm/Support/ThreadPool.h>
#include <llvm/Support/raw_ostream.h>

#include "front/found.hpp"
#include "report/user_error.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

std::tuple<std::string, unsigned, unsigned, std::string, std::string> place_of(const finding& f) {
  const frame& at = f.parties.front().stack.front();
  return {at.file, at.line, at.column, f.check, f.message};
}

void repair(const std::string& path, const tooling::Replacements& list) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) throw report::user_error(path + ": " + buffer.getError().message());
  auto changed = tooling::applyAllReplacements((*buffer)->getBuffer(), list);
  if (!changed) throw report::user_error(path + ": " + llvm::toString(changed.takeError()));
  std::error_code failed;
  llvm::raw_fd_ostream to(path, failed);
  if (failed) throw report::user_error(path + ": " + failed.message());
  to << *changed;
}

}  // namespace

// REQUIRES: guard_ is held.
void check_run::take(const std::string& file, file_result r, std::size_t of) {
  ++finished_;
  unparsed_ += !r.parsed;
  if (!r.wrong_config.empty()) wrong_configs_.insert(r.wrong_config);
  edits_.insert(edits_.end(), r.edits.begin(), r.edits.end());
  if (!quiet && of > 1 && llvm::sys::Process::StandardErrIsDisplayed())
    llvm::errs() << "[" << finished_ << "/" << of << "] " << file << "\n";
  for (told& t : r.findings) {
    if (!known_.insert(place_of(t.found)).second) continue;
    if (!judged_later) llvm::errs() << t.text;
    told_.push_back(std::move(t));
  }
  llvm::errs() << r.text;
  if (r.parsed) return;
  std::string why = file + ": could not be parsed as a whole: not all of it was checked";
  llvm::errs() << why << "\n";
  document_.notes.push_back(std::move(why));
}

// Files end in any order; reports do not depend on it.
void check_run::fill_document() {
  llvm::sort(told_,
             [](const told& a, const told& b) { return place_of(a.found) < place_of(b.found); });
  for (const told& t : told_) document_.findings.push_back(t.found);
  for (const check* c : all_checks())
    if (llvm::any_of(told_, [&](const told& t) { return t.found.check == c->info.id; }))
      document_.rules.push_back(rule_of(c->info));
}

void check_run::print_later() const {
  if (!judged_later) return;
  for (std::size_t n = 0; n != told_.size(); ++n)
    if (llvm::StringRef s = document_.findings[n].standing; s == "new" || s == "expired")
      llvm::errs() << told_[n].text;
  for (const std::string& note : document_.notes) llvm::errs() << "gosan-check: " << note << "\n";
}

// All files' fix-its; one that two files of the database give for a header is applied once, and of
// two that clash the first.
void check_run::apply_edits() const {
  std::map<std::string, tooling::Replacements> by_file;
  for (const tooling::Replacement& e : std::set<tooling::Replacement>(edits_.begin(), edits_.end()))
    if (llvm::Error clash = by_file[e.getFilePath().str()].add(e))
      llvm::consumeError(std::move(clash));
  for (auto& [path, list] : by_file) repair(path, list);
}

void check_run::print_summary(std::size_t gated) const {
  if (quiet) return;
  auto count = [](std::size_t n, llvm::StringRef what) {
    return std::to_string(n) + " " + what.str() + (n == 1 ? "" : "s");
  };
  llvm::errs() << "gosan-check: " << count(finished_, "file") << ", "
               << count(document_.findings.size(), "finding");
  if (gated != document_.findings.size()) llvm::errs() << ", " << gated << " of them to act on";
  if (unparsed_) llvm::errs() << ", " << count(unparsed_, "file") << " not checked as a whole";
  llvm::errs() << "\n";
}

int check_run::over(const tooling::CompilationDatabase& database,
                    const std::vector<std::string>& list) {
  {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(jobs));
    for (const std::string& file : list)
      pool.async([&, file] {
        file_result r = check_file(database, file, chosen);
        std::lock_guard hold(guard_);
        take(file, std::move(r), list.size());
      });
    pool.wait();
  }
  if (!wrong_configs_.empty()) throw report::user_error(*wrong_configs_.begin());
  fill_document();
  std::size_t gated = gate::judge(document_, rules);
  print_later();
  print_summary(gated);
  bool written = report::write_all(reports, document_);
  if (fix) apply_edits();
  if (gated) return found;
  if (!written) return used_wrongly;
  return unparsed_ ? not_checked : clean;
}

}  // namespace gosan::checks
