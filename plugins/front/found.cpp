#include "front/found.hpp"

#include <clang/Lex/Lexer.h>
#include <llvm/Support/Path.h>

#include "finding/fingerprint.hpp"
#include "front/pages.hpp"
#include "report/stack_text.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool contains(const SourceManager& sources, const FunctionDecl& f, SourceLocation at) {
  SourceLocation begin = sources.getExpansionLoc(f.getBeginLoc()),
                 end = sources.getExpansionLoc(f.getEndLoc());
  return begin.isValid() && end.isValid() && sources.getFileID(begin) == sources.getFileID(at) &&
         sources.getFileOffset(begin) <= sources.getFileOffset(at) &&
         sources.getFileOffset(at) <= sources.getFileOffset(end);
}

// The innermost function around a place.
const FunctionDecl* function_around(SourceLocation at, unit& u) {
  const FunctionDecl* inner = nullptr;
  at = u.sources().getExpansionLoc(at);
  for (const FunctionDecl* f : u.functions_and_callers_of(role::spawn))
    if (contains(u.sources(), *f, at) &&
        (!inner || contains(u.sources(), *inner, u.sources().getExpansionLoc(f->getBeginLoc()))))
      inner = f;
  return inner;
}

// As the symbols of the program call it, so that findings at compile time and at run time name one
// function alike.
std::string symbol_name(const FunctionDecl* f, const unit& u) {
  std::string lambdas;
  for (; f; f = u.written_in(f)) {
    const auto* m = dyn_cast<CXXMethodDecl>(f);
    if (!m || !m->getParent()->isLambda()) return plain_name(*f) + lambdas;
    lambdas = "::$lambda::operator()" + lambdas;
  }
  return lambdas.empty() ? "(outside of functions)" : "(unknown)" + lambdas;
}

frame frame_at(SourceLocation at, unit& u) {
  frame f;
  f.function = symbol_name(function_around(at, u), u);
  PresumedLoc place = u.sources().getPresumedLoc(u.sources().getExpansionLoc(at));
  if (place.isInvalid()) return f;
  llvm::SmallString<256> path(place.getFilename());
  u.sources().getFileManager().makeAbsolutePath(path);
  llvm::sys::path::remove_dots(path, true);
  f.file = path.str().str();
  f.line = place.getLine();
  f.column = place.getColumn();
  return f;
}

party party_at(SourceLocation at, std::string role, unit& u) {
  party p;
  p.role = std::move(role);
  p.state = report::source_state;
  p.stack.push_back(frame_at(at, u));
  return p;
}

// The repair's parts as a file's lines and columns; nothing when one of them lies within a macro.
std::vector<source_edit> edits_of(const std::vector<FixItHint>& fixes, unit& u) {
  std::vector<source_edit> edits;
  const SourceManager& sources = u.sources();
  for (const FixItHint& f : fixes) {
    CharSourceRange range = Lexer::makeFileCharRange(f.RemoveRange, sources, u.ast().getLangOpts());
    if (range.isInvalid()) return {};
    frame begin = frame_at(range.getBegin(), u), end = frame_at(range.getEnd(), u);
    edits.push_back({begin.file, begin.line, begin.column, end.line, end.column, f.CodeToInsert});
  }
  return edits;
}

// What a message names, so that findings about several variables of one function are told apart.
std::string names_in(llvm::StringRef message) {
  std::string names;
  while (message.contains('\'')) {
    auto [name, rest] = message.split('\'').second.split('\'');
    names += (names.empty() ? "" : ", ") + name.str();
    message = rest;
  }
  return names;
}

}  // namespace

finding finding_of(const diagnosis& d, const check_info& c, unit& u) {
  finding f;
  f.check = c.id.str();
  f.message = d.text;
  std::string names = names_in(d.text);
  f.parties.push_back(party_at(d.at, names.empty() ? "here" : "here: " + names, u));
  for (const remark& n : d.notes)
    if (n.at.isValid())
      f.parties.push_back(party_at(n.at, n.text, u));
    else
      f.notes.push_back(n.text);
  f.fix = edits_of(d.fixes, u);
  f.fingerprint = fingerprint_of(f);
  return f;
}

report::rule rule_of(const check_info& c) { return {c.id.str(), c.title.str(), page_of(c)}; }

}  // namespace gosan::checks
