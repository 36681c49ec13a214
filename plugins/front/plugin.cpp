// gosan_checks.so: the checks as a plugin of the compiler, -fplugin=gosan_checks.so.
//
// Arguments, each as -fplugin-arg-gosan-ARGUMENT:
//   checks=LIST   globs separated by ','; -GLOB takes away. Default: those that are on by default
//   error=LIST    checks whose diagnostics are errors; the compiler's -Werror makes all of them errors
//   config=FILE   roles and checks, .gosan.json; without it the nearest .gosan.json above the source file
#include <clang/Basic/Version.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendPluginRegistry.h>

#include "front/emit.hpp"
#include "front/settings.hpp"

namespace gosan::checks {
namespace {

using namespace clang;

class plugin_consumer : public ASTConsumer {
 public:
  plugin_consumer(settings s, DiagnosticsEngine& diagnostics) : settings_(std::move(s)), diagnostics_(diagnostics) {}

  void HandleTranslationUnit(ASTContext& ast) override { check_unit(ast, settings_, diagnostics_); }

 private:
  settings settings_;
  DiagnosticsEngine& diagnostics_;
};

class plugin_action : public PluginASTAction {
 protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& compiler, llvm::StringRef file) override {
    DiagnosticsEngine& diagnostics = compiler.getDiagnostics();
    if (std::string error; !settings_.find_file(file, error)) report_error(diagnostics, error);
    return std::make_unique<plugin_consumer>(settings_, diagnostics);
  }

  bool ParseArgs(const CompilerInstance& compiler, const std::vector<std::string>& arguments) override {
    for (const std::string& a : arguments) {
      std::string error;
      if (settings_.take_argument(a, error)) continue;
      report_error(compiler.getDiagnostics(), error);
      return false;
    }
    return true;
  }

  ActionType getActionType() override { return AddAfterMainAction; }

 private:
  settings settings_;
};

FrontendPluginRegistry::Add<plugin_action> registered("gosan", "checks of goroutines, channels and locks");

}  // namespace
}  // namespace gosan::checks
