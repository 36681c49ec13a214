#include "model/edits.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class use_counter : public RecursiveASTVisitor<use_counter> {
 public:
  explicit use_counter(const VarDecl& v) : variable_(v.getCanonicalDecl()) {}
  bool shouldVisitLambdaBody() const { return true; }

  bool VisitDeclRefExpr(DeclRefExpr* r) {
    if (r->getDecl()->getCanonicalDecl() == variable_) ++uses;
    return true;
  }

  bool VisitImplicitCastExpr(ImplicitCastExpr* c) {
    bool reads = c->getCastKind() == CK_LValueToRValue ||
                 (c->getCastKind() == CK_NoOp && c->getType().isConstQualified());
    const auto* r = dyn_cast<DeclRefExpr>(c->getSubExpr()->IgnoreParens());
    if (reads && r && r->getDecl()->getCanonicalDecl() == variable_) ++harmless;
    return true;
  }

  int uses = 0, harmless = 0;

 private:
  const Decl* variable_;
};

}  // namespace

bool is_only_read(const VarDecl& v, const Stmt& s) {
  use_counter counter(v);
  counter.TraverseStmt(const_cast<Stmt*>(&s));
  return counter.uses == counter.harmless || v.getType().isConstQualified();
}

bool is_cheap_to_copy(QualType t, const role_map& roles) {
  t = t.getNonReferenceType();
  if (t->isScalarType()) return true;
  role what = roles.of_type(t).what;
  if (what == role::channel || what == role::context) return true;
  if (what != role::none) return false;
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition()) return false;
  if (c->getIdentifier() && c->isInStdNamespace()) return c->getName() == "basic_string";
  return c->isTriviallyCopyable();
}

SourceLocation behind_token(SourceLocation l, const ASTContext& ast) {
  return Lexer::getLocForEndOfToken(l, 0, ast.getSourceManager(), ast.getLangOpts());
}

std::optional<FixItHint> capture_by_value(const LambdaExpr& l, const LambdaCapture& c, const VarDecl& v, const ASTContext& ast) {
  if (c.getLocation().isMacroID() || l.getBeginLoc().isMacroID()) return std::nullopt;
  if (c.isImplicit()) {
    SourceLocation at = behind_token(l.getCaptureDefaultLoc(), ast);
    if (at.isInvalid()) return std::nullopt;
    return FixItHint::CreateInsertion(at, ", " + v.getNameAsString());
  }
  // The `&` stands right before the name.
  const SourceManager& sources = ast.getSourceManager();
  auto [file, offset] = sources.getDecomposedLoc(c.getLocation());
  llvm::StringRef text = sources.getBufferData(file).substr(0, offset);
  std::size_t before = text.rtrim().size();
  if (before == 0 || text[before - 1] != '&') return std::nullopt;
  SourceLocation from = sources.getLocForStartOfFile(file).getLocWithOffset(static_cast<int>(before) - 1);
  return FixItHint::CreateRemoval(CharSourceRange::getCharRange(from, c.getLocation()));
}

std::optional<FixItHint> remove_statement(const Expr& e, const ASTContext& ast) {
  const SourceManager& sources = ast.getSourceManager();
  if (e.getBeginLoc().isMacroID() || e.getEndLoc().isMacroID()) return std::nullopt;
  auto [file, begin] = sources.getDecomposedLoc(e.getBeginLoc());
  unsigned end = sources.getFileOffset(behind_token(e.getEndLoc(), ast));
  llvm::StringRef text = sources.getBufferData(file);
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  if (end == text.size() || text[end] != ';') return std::nullopt;
  ++end;
  unsigned line = begin;
  while (line > 0 && (text[line - 1] == ' ' || text[line - 1] == '\t')) --line;
  if (line > 0 && text[line - 1] == '\n' && end < text.size() && text[end] == '\n') begin = line - 1;
  SourceLocation start = sources.getLocForStartOfFile(file);
  return FixItHint::CreateRemoval(CharSourceRange::getCharRange(start.getLocWithOffset(static_cast<int>(begin)),
                                                                start.getLocWithOffset(static_cast<int>(end))));
}

std::string text_of_expr(const Expr& e, const ASTContext& ast) {
  CharSourceRange range = CharSourceRange::getTokenRange(e.getSourceRange());
  return Lexer::getSourceText(range, ast.getSourceManager(), ast.getLangOpts()).str();
}

bool name_is_free(llvm::StringRef name, const FunctionDecl& f, const ASTContext&) {
  class finder : public RecursiveASTVisitor<finder> {
   public:
    explicit finder(llvm::StringRef n) : name_(n) {}
    bool VisitNamedDecl(NamedDecl* d) {
      found |= d->getIdentifier() && d->getName() == name_;
      return !found;
    }
    bool found = false;

   private:
    llvm::StringRef name_;
  } search(name);
  search.TraverseStmt(f.getBody());
  return !search.found;
}

namespace {

bool knows_defer(const ASTContext& ast) {
  for (const NamedDecl* n : ast.getTranslationUnitDecl()->lookup(&ast.Idents.get("gosan")))
    if (const auto* space = dyn_cast<NamespaceDecl>(n); space && !space->lookup(&ast.Idents.get("defer")).empty()) return true;
  return false;
}

}  // namespace

std::optional<FixItHint> defer_at_start(const FunctionDecl& body, llvm::StringRef name, llvm::StringRef text, const ASTContext& ast) {
  const auto* block = dyn_cast_or_null<CompoundStmt>(body.getBody());
  if (!block || block->body_empty() || block->getLBracLoc().isMacroID() || !knows_defer(ast)) return std::nullopt;
  const Stmt* first = block->body_front();
  const SourceManager& sources = ast.getSourceManager();
  std::string defer = ("gosan::defer " + name + "{[&] { " + text + "; }};").str();
  bool one_line = sources.getSpellingLineNumber(block->getLBracLoc()) == sources.getSpellingLineNumber(first->getBeginLoc());
  std::string inserted = one_line ? " " + defer : "\n" + indentation_at(first->getBeginLoc(), ast) + defer;
  return FixItHint::CreateInsertion(behind_token(block->getLBracLoc(), ast), inserted);
}

std::vector<FixItHint> defer_instead(const FunctionDecl& body, const CXXMemberCallExpr& call, const ASTContext& ast) {
  llvm::StringRef name = call.getMethodDecl()->getName();
  auto insertion = defer_at_start(body, name, text_of_expr(call, ast), ast);
  auto removal = remove_statement(call, ast);
  if (!insertion || !removal) return {};
  return {*removal, *insertion};
}

std::string indentation_at(SourceLocation l, const ASTContext& ast) {
  const SourceManager& sources = ast.getSourceManager();
  auto [file, offset] = sources.getDecomposedLoc(sources.getExpansionLoc(l));
  llvm::StringRef text = sources.getBufferData(file).substr(0, offset);
  llvm::StringRef line = text.substr(text.rfind('\n') + 1);
  return line.take_while([](char c) { return c == ' ' || c == '\t'; }).str();
}

}  // namespace gosan::checks
