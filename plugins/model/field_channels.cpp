#include "model/field_channels.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// A method of which another file, or nobody yet, says what it does.
bool is_written_elsewhere(const CXXMethodDecl* m) {
  return !m->isImplicit() && !m->isDefaulted() && !m->isDeleted() && !m->isVirtual() && !m->getDefinition() && !m->isDependentContext();
}

class use_finder : public RecursiveASTVisitor<use_finder> {
 public:
  use_finder(unit& u, role type) : unit_(u), type_(type) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }  // constructors and copies that nobody wrote

  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }

  bool VisitFieldDecl(FieldDecl* f) {
    if (unit_.roles().of_type(f->getType()).what != type_ || f->getType()->isReferenceType() || !is_of_this_unit(*f, unit_)) return true;
    const auto* own = dyn_cast<CXXRecordDecl>(f->getParent());
    if (!own || llvm::any_of(own->methods(), is_written_elsewhere)) return true;
    channels_[f->getCanonicalDecl()].field = f;
    if (f->hasInClassInitializer() && type_ == role::channel) made_from(f, f->getInClassInitializer());
    return true;
  }

  bool VisitCXXConstructorDecl(CXXConstructorDecl* c) {
    if (c->isImplicit() || type_ != role::channel) return true;  // a copy of the object has the same member
    for (const CXXCtorInitializer* i : c->inits())
      if (i->isWritten() && i->isMemberInitializer()) made_from(i->getMember(), i->getInit());
    return true;
  }

  bool VisitInitListExpr(InitListExpr* list) {
    const CXXRecordDecl* c = list->getType()->getAsCXXRecordDecl();
    if (type_ != role::channel || !c || !list->isSemanticForm() || c->isUnion() || c->getNumBases()) return true;
    for (const FieldDecl* f : c->fields())
      if (f->getFieldIndex() < list->getNumInits() && !isa<CXXDefaultInitExpr, ImplicitValueInitExpr>(list->getInit(f->getFieldIndex())))
        made_from(f, list->getInit(f->getFieldIndex()));
    return true;
  }

  bool VisitDecompositionDecl(DecompositionDecl* d) {
    if (const CXXRecordDecl* c = d->getType().getNonReferenceType()->getAsCXXRecordDecl())
      for (const FieldDecl* f : c->fields()) lost_.insert(f->getCanonicalDecl());
    return true;
  }

  bool VisitCallExpr(CallExpr* c) {
    role_entry r = unit_.roles().of(*c);
    const Expr* object = object_of(c, r);
    const FieldDecl* f = object ? field_meant(object) : nullptr;
    if (!f) return true;
    if (r.what != role::none) {
      channels_[f->getCanonicalDecl()].uses.push_back({r.what, c});
      plain_.insert(strip(object));
    } else if (const auto* o = dyn_cast<CXXOperatorCallExpr>(c); o && o->getOperator() == OO_Equal) {
      made_from(f, o->getArg(1));
      plain_.insert(strip(object));
    } else if (const auto* k = dyn_cast<CXXMemberCallExpr>(c); k && isa_and_nonnull<CXXConversionDecl>(k->getMethodDecl()) && k->getType()->isBooleanType()) {
      plain_.insert(strip(object));
    }
    return true;
  }

  bool VisitLambdaExpr(LambdaExpr* l) {
    for (const Expr* init : l->capture_inits())
      if (init) plain_.insert(strip_copies(init));
    return true;
  }

  bool VisitCXXForRangeStmt(CXXForRangeStmt* s) {
    const FieldDecl* f = s->getRangeInit() && type_ == role::channel ? field_meant(s->getRangeInit()) : nullptr;
    if (!f) return true;
    channels_[f->getCanonicalDecl()].uses.push_back({role::range, nullptr});
    plain_.insert(strip(s->getRangeInit()));
    return true;
  }

  bool VisitVarDecl(VarDecl* v) {
    if (copied_from(v)) plain_.insert(strip_copies(v->getInit()));
    if (!v->hasGlobalStorage()) return true;
    QualType t = v->getType().getNonReferenceType();
    if (t->isPointerType()) t = t->getPointeeType();
    const CXXRecordDecl* c = t->getAsCXXRecordDecl();
    const auto* s = dyn_cast_or_null<ClassTemplateSpecializationDecl>(c);
    if (s && s->isInStdNamespace() && s->getTemplateArgs().size() && s->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
      c = s->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();  // a smart pointer, say
    if (c) static_.insert(c->getCanonicalDecl());
    return true;
  }

  bool VisitMemberExpr(MemberExpr* m) {
    named_.push_back(m);
    return true;
  }

  bool VisitDeclRefExpr(DeclRefExpr* r) {
    named_.push_back(r);
    return true;
  }

  std::vector<field_object> result() {
    for (const Expr* e : named_)
      if (const FieldDecl* f = plain_.count(e) ? nullptr : field_meant(e)) lost_.insert(f->getCanonicalDecl());
    std::vector<field_object> out;
    for (auto& [f, c] : channels_)
      if (c.field && !lost_.count(f)) {
        c.lives_for_ever = static_.count(c.field->getParent()->getCanonicalDecl()) != 0;
        out.push_back(std::move(c));
      }
    return out;
  }

 private:
  // `auto c = c_;`, `[c = c_]`: another handle of the same channel.
  const FieldDecl* copied_from(const VarDecl* v) const {
    if (type_ != role::channel || v->isImplicit() || isa<ParmVarDecl>(v) || !v->getInit() || v->getType()->isDependentType()) return nullptr;
    if (unit_.roles().of_type(v->getType()).what != role::channel || unit_.is_reassigned(v)) return nullptr;
    const auto* m = dyn_cast<MemberExpr>(strip_copies(v->getInit()));
    return m ? dyn_cast<FieldDecl>(m->getMemberDecl()) : nullptr;
  }

  // The member that e names, itself or by a copy of its handle.
  const FieldDecl* field_meant(const Expr* e) const {
    e = strip(e);
    if (const auto* m = dyn_cast<MemberExpr>(e)) return dyn_cast<FieldDecl>(m->getMemberDecl());
    const auto* r = dyn_cast<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    return v ? copied_from(v) : nullptr;
  }

  static const Expr* object_of(const CallExpr* c, role_entry r) {
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) return m->getImplicitObjectArgument();
    bool first = r.what == role::recv_case || r.what == role::send_case || isa<CXXOperatorCallExpr>(c);
    return first && c->getNumArgs() ? c->getArg(0) : nullptr;
  }

  void made_from(const FieldDecl* f, const Expr* e) {
    if (!e) {  // broken, or not typed to its end
      lost_.insert(f->getCanonicalDecl());
      return;
    }
    e = strip(e);
    for (const auto* k = dyn_cast<CXXConstructExpr>(e); k && k->getNumArgs() == 1; k = dyn_cast<CXXConstructExpr>(e)) e = strip(k->getArg(0));
    if (const auto* list = dyn_cast<InitListExpr>(e); list && list->getNumInits() == 0) return;  // nil
    if (const auto* k = dyn_cast<CXXConstructExpr>(e); k && k->getNumArgs() == 0) return;
    const auto* c = dyn_cast<CallExpr>(e);
    if (!c || unit_.roles().of(*c).what != role::make) {
      lost_.insert(f->getCanonicalDecl());
      return;
    }
    const Expr* capacity = c->getNumArgs() ? strip(c->getArg(0)) : nullptr;
    Expr::EvalResult value;
    bool none = !capacity || (!capacity->isValueDependent() && capacity->EvaluateAsInt(value, unit_.ast()) && value.Val.getInt() == 0);
    if (!none) channels_[f->getCanonicalDecl()].unbuffered = false;
  }

  unit& unit_;
  role type_;
  std::map<const FieldDecl*, field_object> channels_;
  std::set<const Expr*> plain_;
  std::vector<const Expr*> named_;
  std::set<const FieldDecl*> lost_;
  std::set<const Decl*> static_;  // classes of objects that never die
};

// Whether some body waits on a member at all: else there is nothing to look for.
bool waits_on_a_member(unit& u) {
  bool found = false;
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f))
      fl->each([&](const step& st) {
        found |= st.kind == step_kind::op && (st.what == role::recv || st.what == role::send || st.what == role::range) && !st.where.path.empty() && st.where.path.back();
      });
  return found;
}

}  // namespace

bool is_of_this_unit(const Decl& member, const unit& u) {
  const SourceManager& sources = u.sources();
  FileID file = sources.getFileID(sources.getExpansionLoc(member.getLocation()));
  if (file == sources.getMainFileID()) return true;
  auto entry = sources.getFileEntryRefForID(file);
  if (!entry) return false;
  const std::string name = entry->getName().str();
  return name.ends_with(".cpp") || name.ends_with(".cc") || name.ends_with(".cxx");
}

namespace {
// What does not parse is left out of the tree: it may be the use that is missed.
bool is_whole(const unit& u) { return !u.ast().getDiagnostics().hasUncompilableErrorOccurred(); }
}  // namespace

std::vector<field_object> field_channels_of(unit& u) {
  if (!is_whole(u) || !waits_on_a_member(u)) return {};
  use_finder finder(u, role::channel);
  finder.TraverseDecl(u.ast().getTranslationUnitDecl());
  return finder.result();
}

std::vector<field_object> field_groups_of(unit& u) {
  bool any = false;
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f))
      fl->each([&](const step& st) { any |= st.kind == step_kind::op && st.what == role::add && !st.where.path.empty(); });
  if (!any || !is_whole(u)) return {};
  use_finder finder(u, role::group);
  finder.TraverseDecl(u.ast().getTranslationUnitDecl());
  return finder.result();
}

}  // namespace gosan::checks
