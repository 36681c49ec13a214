// gosan-check: the checks over the files of a compilation database, in parallel.
#include <clang/Tooling/CompilationDatabase.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Signals.h>
#include <llvm/Support/raw_ostream.h>

#include "front/check_run.hpp"
#include "front/pages.hpp"
#include "report/outputs.hpp"
#include "report/user_error.hpp"

namespace gosan::checks {
namespace {

using namespace clang;
namespace cl = llvm::cl;

cl::OptionCategory category("gosan-check");
cl::opt<std::string> build_path("p", cl::desc("Folder with compile_commands.json"),
                                cl::value_desc("folder"), cl::cat(category));
cl::opt<std::string> checks_option(
    "checks", cl::desc("Checks to run: globs, separated by commas; -GLOB takes away"),
    cl::value_desc("list"), cl::cat(category));
cl::opt<std::string> error_option("error", cl::desc("Checks whose diagnostics are errors"),
                                  cl::value_desc("list"), cl::cat(category));
cl::opt<std::string> config_option(
    "config", cl::desc("Roles and checks; default: the nearest .gosan.json above a file"),
    cl::value_desc("file"), cl::cat(category));
cl::opt<unsigned> jobs("j", cl::desc("Files at a time; default: one per processor"),
                       cl::value_desc("n"), cl::Prefix, cl::cat(category));
cl::opt<bool> fix("fix", cl::desc("Apply the fix-its"), cl::cat(category));
cl::opt<bool> quiet("quiet", cl::desc("No progress, no summary"), cl::cat(category));
cl::list<std::string> reports(
    "report",
    cl::desc("FORMAT[:PATH], repeatable: text, json, sarif, junit or html, as of gosan run"),
    cl::value_desc("format:path"), cl::cat(category));
cl::opt<std::string> fail_on(
    "fail-on", cl::desc("What gates: CHECK, new:CHECK, all, none, separated by commas"),
    cl::value_desc("list"), cl::cat(category));
cl::opt<std::string> baseline("baseline", cl::desc("File of accepted findings, see gosan baseline"),
                              cl::value_desc("file"), cl::cat(category));
cl::opt<std::string> suppressions("suppressions", cl::desc("File of findings to pass over"),
                                  cl::value_desc("file"), cl::cat(category));
cl::opt<bool> list_option("list-checks", cl::desc("List the checks"), cl::cat(category));
cl::opt<std::string> explain("explain", cl::desc("Print the page of a check"),
                             cl::value_desc("check"), cl::cat(category));
cl::list<std::string> files(
    cl::Positional, cl::desc("[files; default: all of the database] [-- compiler arguments]"),
    cl::cat(category));

int wrong_use(const llvm::Twine& text) {
  llvm::errs() << "gosan-check: " << text << "\n";
  return used_wrongly;
}

int print_page() {
  const check* c = check_named(explain);
  if (!c) return wrong_use("no check is called '" + explain + "' (--list-checks lists them)");
  llvm::outs() << page_of(c->info);
  return clean;
}

// Relative ones are of this folder: a name like that in a database may be of another.
std::vector<std::string> files_to_check(const tooling::CompilationDatabase& database) {
  std::vector<std::string> list(files.begin(), files.end());
  if (list.empty()) list = database.getAllFiles();
  if (list.empty()) throw report::user_error("no files");
  std::set<std::string> seen;
  llvm::erase_if(list, [&](const std::string& f) { return !seen.insert(f).second; });
  for (const std::string& f : list)
    if (!llvm::sys::fs::exists(f)) throw report::user_error(f + ": no such file");
  return list;
}

int run(std::unique_ptr<tooling::CompilationDatabase> database) {
  check_run r;
  std::string error;
  for (auto& [key, value] :
       {std::pair("checks=", &checks_option), std::pair("error=", &error_option),
        std::pair("config=", &config_option)})
    if (!value->empty() && !r.chosen.take_argument(key + value->getValue(), error))
      return wrong_use(error);
  r.rules = gate::make_rules(fail_on, baseline, suppressions);
  r.judged_later = !baseline.empty() || !suppressions.empty();
  r.jobs = jobs;
  r.fix = fix;
  r.quiet = quiet;
  for (const std::string& spec : reports) r.reports.emplace_back(spec).check_writable();
  if (!database) {
    std::string from = build_path.empty() ? "." : build_path.getValue();
    if (!llvm::sys::fs::is_directory(from)) return wrong_use("-p " + from + ": no such folder");
    database = tooling::CompilationDatabase::autoDetectFromDirectory(from, error);
    if (!database)
      return wrong_use("no compilation database in '" + from +
                       "' or above it (-p names its folder)");
  }
  return r.over(*database, files_to_check(*database));
}

int main_of(int argc, const char** argv) {
  std::string error;
  // Behind "--" stand the arguments of a compiler, for files without a database.
  std::unique_ptr<tooling::CompilationDatabase> database =
      tooling::FixedCompilationDatabase::loadFromCommandLine(argc, argv, error);
  if (!error.empty()) return wrong_use(error);
  cl::HideUnrelatedOptions(category);
  std::string complaint;
  llvm::raw_string_ostream complaints(complaint);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "the compile-time checks over a compilation database\n", &complaints)) {
    llvm::errs() << complaints.str();
    return used_wrongly;
  }
  if (list_option) {
    llvm::outs() << list_of_checks();
    return clean;
  }
  if (!explain.empty()) return print_page();
  return run(std::move(database));
}

}  // namespace
}  // namespace gosan::checks

int main(int argc, const char** argv) {
  llvm::sys::PrintStackTraceOnErrorSignal(argv[0]);
  try {
    return gosan::checks::main_of(argc, argv);
  } catch (const gosan::report::user_error& e) {
    llvm::errs() << "gosan-check: " << e.what() << "\n";
    return gosan::checks::used_wrongly;
  }
}
