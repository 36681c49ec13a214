// gosan-check: the checks over the files of a compilation database, in parallel.
#include <clang/Basic/Version.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/TextDiagnosticPrinter.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/Core/Replacement.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/Process.h>
#include <llvm/Support/Signals.h>
#include <llvm/Support/ThreadPool.h>
#include <llvm/Support/raw_ostream.h>

#include <mutex>

#include "front/emit.hpp"
#include "front/pages.hpp"
#include "front/settings.hpp"

namespace gosan::checks {
namespace {

using namespace clang;
namespace cl = llvm::cl;

cl::OptionCategory category("gosan-check");
cl::opt<std::string> build_path("p", cl::desc("Folder with compile_commands.json"), cl::value_desc("folder"), cl::cat(category));
cl::opt<std::string> checks_option("checks", cl::desc("Checks to run: globs, separated by commas; -GLOB takes away"),
                                   cl::value_desc("list"), cl::cat(category));
cl::opt<std::string> error_option("error", cl::desc("Checks whose diagnostics are errors"), cl::value_desc("list"), cl::cat(category));
cl::opt<std::string> config_option("config", cl::desc("Roles and checks; default: the nearest .gosan.json above a file"),
                                   cl::value_desc("file"), cl::cat(category));
cl::opt<unsigned> jobs("j", cl::desc("Files at a time; default: one per processor"), cl::value_desc("n"), cl::Prefix, cl::cat(category));
cl::opt<bool> fix("fix", cl::desc("Apply the fix-its"), cl::cat(category));
cl::opt<bool> quiet("quiet", cl::desc("No progress"), cl::cat(category));
cl::opt<bool> list_option("list-checks", cl::desc("List the checks"), cl::cat(category));
cl::opt<std::string> explain("explain", cl::desc("Print the page of a check"), cl::value_desc("check"), cl::cat(category));
cl::list<std::string> files(cl::Positional, cl::desc("[files; default: all of the database] [-- compiler arguments]"), cl::cat(category));

enum status { clean = 0, used_wrongly = 2, not_checked = 3, found = 66 };

int wrong_use(const llvm::Twine& text) {
  llvm::errs() << "gosan-check: " << text << "\n";
  return used_wrongly;
}

// Options of GCC that Clang does not know, in databases of GCC users.
bool is_gcc_only(llvm::StringRef a) {
  static constexpr llvm::StringLiteral known[] = {
      "-fconcepts", "-fcoroutines", "-fmodules-ts", "-fno-lifetime-dse", "-fno-gnu-unique", "-fno-var-tracking",
      "-fno-var-tracking-assignments", "-fno-canonical-system-headers", "-fno-tree-vectorize", "-fanalyzer", "-fipa-pta", "-freport-bug",
      "-fno-semantic-interposition-stats", "-fimplicit-constexpr", "-mno-fma4", "-fno-keep-inline-dllexport", "-fno-printf-return-value"};
  return llvm::is_contained(known, a) || a.starts_with("-fconcepts-diagnostics-depth=") || a.starts_with("--param=") ||
         a.starts_with("-fstack-usage") || a.starts_with("-fplugin=") || a.starts_with("-fplugin-arg-") || a.starts_with("-fpass-plugin=");
}

tooling::CommandLineArguments adjusted(const tooling::CommandLineArguments& from, llvm::StringRef) {
  tooling::CommandLineArguments to;
  for (std::size_t n = 0; n != from.size(); ++n) {
    llvm::StringRef a = from[n];
    if (is_gcc_only(a) || a == "-Werror" || a.starts_with("-Werror=")) continue;
    if (a == "--param") {
      ++n;
      continue;
    }
    to.push_back(from[n]);
    if (n == 0) to.insert(to.end(), {"-Wno-everything", "-resource-dir=" GOSAN_RESOURCE_DIR});
  }
  return to;
}

// What one file's check came to.
struct result {
  std::string text;
  bool parsed = true;
  unsigned findings = 0;
};

using all_edits = std::map<std::string, tooling::Replacements>;

// Prints as Clang does, counts, and keeps the fix-its.
class printer : public TextDiagnosticPrinter {
 public:
  printer(llvm::raw_ostream& to, DiagnosticOptions* options, std::vector<tooling::Replacement>& edits)
      : TextDiagnosticPrinter(to, options), edits_(edits) {}

  void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic& d) override {
    TextDiagnosticPrinter::HandleDiagnostic(level, d);
    if (level < DiagnosticsEngine::Warning || !d.hasSourceManager()) return;
    for (const FixItHint& f : d.getFixItHints())
      edits_.emplace_back(d.getSourceManager(), f.RemoveRange, f.CodeToInsert);
  }

 private:
  std::vector<tooling::Replacement>& edits_;
};

class checking_consumer : public ASTConsumer {
 public:
  checking_consumer(CompilerInstance& c, const settings& s, result& r) : compiler_(c), settings_(s), result_(r) {}
  void HandleTranslationUnit(ASTContext& ast) override {
    DiagnosticsEngine& to = compiler_.getDiagnostics();
    unsigned before = to.getClient()->getNumWarnings() + to.getClient()->getNumErrors();
    result_.parsed = !to.hasUncompilableErrorOccurred();
    check_unit(ast, settings_, to);
    result_.findings = to.getClient()->getNumWarnings() + to.getClient()->getNumErrors() - before;
  }

 private:
  CompilerInstance& compiler_;
  const settings& settings_;
  result& result_;
};

class checking_action : public ASTFrontendAction {
 public:
  checking_action(const settings& s, result& r) : settings_(s), result_(r) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& c, llvm::StringRef) override {
    return std::make_unique<checking_consumer>(c, settings_, result_);
  }

 private:
  const settings& settings_;
  result& result_;
};

class action_factory : public tooling::FrontendActionFactory {
 public:
  action_factory(const settings& s, result& r) : settings_(s), result_(r) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<checking_action>(settings_, result_); }

 private:
  const settings& settings_;
  result& result_;
};

result check_file(const tooling::CompilationDatabase& database, const std::string& file, settings chosen,
                  std::vector<tooling::Replacement>& edits) {
  result r;
  std::string error;
  if (!chosen.find_file(file, error)) return {error + "\n", false, 0};
  if (database.getCompileCommands(file).empty()) return {file + ": not in the compilation database\n", false, 0};
  llvm::raw_string_ostream out(r.text);
  llvm::IntrusiveRefCntPtr<DiagnosticOptions> options(new DiagnosticOptions);
  options->ShowColors = llvm::sys::Process::StandardErrHasColors();
  printer to(out, options.get(), edits);
  tooling::ClangTool tool(database, {file}, std::make_shared<PCHContainerOperations>(), llvm::vfs::createPhysicalFileSystem());
  tool.setDiagnosticConsumer(&to);
  tool.setPrintErrorMessage(false);
  tool.appendArgumentsAdjuster(adjusted);
  action_factory factory(chosen, r);
  int failed = tool.run(&factory);
  if (failed && r.findings == 0) r.parsed = false;
  return r;
}

// All files' fix-its; one that two files of the database give for a header is applied once, and of two that clash the first.
int apply(const std::vector<tooling::Replacement>& edits) {
  all_edits by_file;
  for (const tooling::Replacement& e : std::set<tooling::Replacement>(edits.begin(), edits.end()))
    if (llvm::Error clash = by_file[e.getFilePath().str()].add(e)) llvm::consumeError(std::move(clash));
  for (auto& [path, list] : by_file) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer) return wrong_use(path + ": " + buffer.getError().message());
    auto changed = tooling::applyAllReplacements((*buffer)->getBuffer(), list);
    if (!changed) return wrong_use(path + ": " + llvm::toString(changed.takeError()));
    std::error_code failed;
    llvm::raw_fd_ostream to(path, failed);
    if (failed) return wrong_use(path + ": " + failed.message());
    to << *changed;
  }
  return clean;
}

int check_files(const tooling::CompilationDatabase& database, std::vector<std::string> list, const settings& chosen) {
  std::mutex guard;
  unsigned finished = 0, findings = 0, unparsed = 0;
  std::vector<tooling::Replacement> edits;
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(jobs));
  bool progress = !quiet && list.size() > 1 && llvm::sys::Process::StandardErrIsDisplayed();
  for (const std::string& file : list) {
    pool.async([&, file] {
      std::vector<tooling::Replacement> own;
      result r = check_file(database, file, chosen, own);
      std::lock_guard hold(guard);
      ++finished;
      findings += r.findings;
      unparsed += !r.parsed;
      edits.insert(edits.end(), own.begin(), own.end());
      if (progress) llvm::errs() << "[" << finished << "/" << list.size() << "] " << file << "\n";
      llvm::errs() << r.text;
      if (!r.parsed) llvm::errs() << file << ": could not be parsed as a whole: not all of it was checked\n";
    });
  }
  pool.wait();
  if (fix)
    if (int failed = apply(edits)) return failed;
  if (findings) return found;
  return unparsed ? not_checked : clean;
}

int main_of(int argc, const char** argv) {
  std::string error;
  // Behind "--" stand the arguments of a compiler, for files without a database.
  std::unique_ptr<tooling::CompilationDatabase> database = tooling::FixedCompilationDatabase::loadFromCommandLine(argc, argv, error);
  if (!error.empty()) return wrong_use(error);
  cl::HideUnrelatedOptions(category);
  std::string complaint;
  llvm::raw_string_ostream complaints(complaint);
  if (!cl::ParseCommandLineOptions(argc, argv, "the compile-time checks over a compilation database\n", &complaints)) {
    llvm::errs() << complaints.str();
    return used_wrongly;
  }
  if (list_option) {
    llvm::outs() << list_of_checks();
    return clean;
  }
  if (!explain.empty()) {
    const check* c = check_named(explain);
    if (!c) return wrong_use("no check is called '" + explain + "' (--list-checks lists them)");
    llvm::outs() << page_of(c->info);
    return clean;
  }
  settings chosen;
  for (auto& [key, value] : {std::pair("checks=", &checks_option), std::pair("error=", &error_option), std::pair("config=", &config_option)})
    if (!value->empty() && !chosen.take_argument(key + value->getValue(), error)) return wrong_use(error);
  if (!database) {
    std::string from = build_path.empty() ? "." : build_path.getValue();
    database = tooling::CompilationDatabase::autoDetectFromDirectory(from, error);
    if (!database) return wrong_use("no compilation database in '" + from + "' or above it (-p names its folder)");
  }
  std::vector<std::string> list(files.begin(), files.end());
  if (list.empty()) list = database->getAllFiles();
  if (list.empty()) return wrong_use("no files");
  for (const std::string& f : list)
    if (!llvm::sys::fs::exists(f)) return wrong_use(f + ": no such file");
  return check_files(*database, std::move(list), chosen);
}

}  // namespace
}  // namespace gosan::checks

int main(int argc, const char** argv) {
  llvm::sys::PrintStackTraceOnErrorSignal(argv[0]);
  return gosan::checks::main_of(argc, argv);
}
