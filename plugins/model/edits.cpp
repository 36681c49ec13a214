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

std::string indentation_at(SourceLocation l, const ASTContext& ast) {
  const SourceManager& sources = ast.getSourceManager();
  auto [file, offset] = sources.getDecomposedLoc(sources.getExpansionLoc(l));
  llvm::StringRef text = sources.getBufferData(file).substr(0, offset);
  llvm::StringRef line = text.substr(text.rfind('\n') + 1);
  return line.take_while([](char c) { return c == ' ' || c == '\t'; }).str();
}

}  // namespace gosan::checks
