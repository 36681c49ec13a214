#include "front/database.hpp"

#include <clang/Driver/Options.h>
#include <llvm/Option/ArgList.h>
#include <llvm/Option/OptTable.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace gosan::checks {

using namespace clang::driver;

namespace {

bool is_launcher(llvm::StringRef program) {
  static constexpr llvm::StringLiteral known[] = {"ccache", "distcc", "sccache", "icecc", "gomacc"};
  return llvm::is_contained(known, llvm::sys::path::stem(program));
}

// Known to Clang, but of no use here: plugins of another compiler or version, warnings as errors,
// GCC's modules.
bool is_unwanted(llvm::StringRef a) {
  static constexpr llvm::StringLiteral whole[] = {"-Werror", "-fmodules-ts", "-fcoroutines",
                                                  "-fconcepts", "-pedantic-errors"};
  static constexpr llvm::StringLiteral begins[] = {
      "-Werror=", "-fplugin=", "-fplugin-arg-", "-fpass-plugin=", "--param=", "-specs=", "-fdump-"};
  return llvm::is_contained(whole, a) ||
         llvm::any_of(begins, [&](llvm::StringRef b) { return a.starts_with(b); });
}

// Which words of the command Clang's driver has no meaning for.
std::vector<bool> unknown_words(const std::vector<std::string>& words) {
  std::vector<const char*> raw;
  for (const std::string& w : words) raw.push_back(w.c_str());
  unsigned index = 0, count = 0;
  llvm::opt::InputArgList parsed =
      getDriverOptTable().ParseArgs(raw, index, count, llvm::opt::Visibility(options::ClangOption));
  std::vector<bool> unknown(words.size());
  for (const llvm::opt::Arg* a : parsed)
    if (a->getOption().getKind() == llvm::opt::Option::UnknownClass) unknown[a->getIndex()] = true;
  return unknown;
}

std::string include_folder_of_gosan() {
  llvm::SmallString<256> path(llvm::sys::fs::getMainExecutable(nullptr, nullptr));
  path = llvm::sys::path::parent_path(llvm::sys::path::parent_path(path));
  llvm::sys::path::append(path, "include");
  return path.str().str();
}

}  // namespace

std::vector<std::string> adjusted_command(const std::vector<std::string>& command) {
  std::vector<std::string> from = command;
  while (from.size() > 1 && is_launcher(from.front())) from.erase(from.begin());
  if (from.empty()) return from;
  std::vector<std::string> to{from.front(), "-resource-dir=" GOSAN_RESOURCE_DIR};
  if (llvm::sys::path::stem(from.front()) == "gosan-c++")
    to.insert(to.end(), {"-std=c++20", "-isystem", include_folder_of_gosan()});
  from.erase(from.begin());
  std::vector<bool> unknown = unknown_words(from);
  for (std::size_t n = 0; n != from.size(); ++n) {
    if (from[n] == "--param")
      ++n;
    else if (!unknown[n] && !is_unwanted(from[n]))
      to.push_back(from[n]);
  }
  // Behind -Wall. The other keeps Clang from counting what it does not print; how the findings look is not its matter.
  to.insert(llvm::find(to, "--"), {"-Wno-everything", "-fno-caret-diagnostics"});
  return to;
}

}  // namespace gosan::checks
