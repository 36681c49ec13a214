#include "front/check_file.hpp"

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/TextDiagnosticPrinter.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/Process.h>
#include <llvm/Support/raw_ostream.h>

#include "front/database.hpp"
#include "front/emit.hpp"
#include "front/found.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// Prints as Clang does, and keeps the fix-its.
class printer : public TextDiagnosticPrinter {
 public:
  printer(llvm::raw_ostream& to, DiagnosticOptions* options,
          std::vector<tooling::Replacement>& edits)
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
  checking_consumer(CompilerInstance& c, const settings& s, file_result& r)
      : compiler_(c), settings_(s), result_(r) {}

  void HandleTranslationUnit(ASTContext& ast) override {
    DiagnosticsEngine& to = compiler_.getDiagnostics();
    result_.parsed = !to.hasUncompilableErrorOccurred();
    std::size_t begin = result_.text.size();
    check_unit(ast, settings_, to, [&](const diagnosis& d, const check_info& c, unit& u) {
      // What was printed since belongs to this one.
      result_.findings.push_back({finding_of(d, c, u), result_.text.substr(begin)});
      result_.text.resize(begin);
    });
  }

 private:
  CompilerInstance& compiler_;
  const settings& settings_;
  file_result& result_;
};

class checking_action : public ASTFrontendAction {
 public:
  checking_action(const settings& s, file_result& r) : settings_(s), result_(r) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& c, llvm::StringRef) override {
    return std::make_unique<checking_consumer>(c, settings_, result_);
  }

 private:
  const settings& settings_;
  file_result& result_;
};

class action_factory : public tooling::FrontendActionFactory {
 public:
  action_factory(const settings& s, file_result& r) : settings_(s), result_(r) {}
  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<checking_action>(settings_, result_);
  }

 private:
  const settings& settings_;
  file_result& result_;
};

file_result not_checked(std::string why) {
  file_result r;
  r.text = std::move(why) + "\n";
  r.parsed = false;
  return r;
}

}  // namespace

file_result check_file(const tooling::CompilationDatabase& database, const std::string& file,
                       settings chosen) {
  file_result r;
  if (!chosen.find_file(file, r.wrong_config)) return r;
  if (database.getCompileCommands(file).empty())
    return not_checked(file + ": not in the compilation database");
  llvm::raw_string_ostream out(r.text);
  out.SetUnbuffered();
  llvm::IntrusiveRefCntPtr<DiagnosticOptions> options(new DiagnosticOptions);
  options->ShowColors = llvm::sys::Process::StandardErrHasColors();
  printer to(out, options.get(), r.edits);
  tooling::ClangTool tool(database, {file}, std::make_shared<PCHContainerOperations>(),
                          llvm::vfs::createPhysicalFileSystem());
  tool.setDiagnosticConsumer(&to);
  tool.setPrintErrorMessage(false);
  tool.appendArgumentsAdjuster(
      [](const tooling::CommandLineArguments& a, llvm::StringRef) { return adjusted_command(a); });
  action_factory factory(chosen, r);
  if (tool.run(&factory) != 0 && r.findings.empty()) r.parsed = false;
  return r;
}

}  // namespace gosan::checks
