#include "model/roles.hpp"

namespace gosan::checks {

using namespace clang;

llvm::StringRef name_of(role r) {
  switch (r) {
    case role::none: return "none";
#define GOSAN_NAME(name) \
  case role::name: return #name;
      GOSAN_ROLES(GOSAN_NAME)
#undef GOSAN_NAME
  }
  return "none";
}

std::optional<role> role_named(llvm::StringRef name) {
#define GOSAN_NAME(it) \
  if (name == #it) return role::it;
  GOSAN_ROLES(GOSAN_NAME)
#undef GOSAN_NAME
  return std::nullopt;
}

std::optional<role_entry> entry_named(llvm::StringRef words) {
  static constexpr std::pair<llvm::StringLiteral, unsigned> known[] = {
      {"counted", props::counted}, {"catches", props::catches}, {"daemon", props::daemon},
      {"joinable", props::joinable}, {"joins_at_end", props::joins_at_end}, {"thread", props::thread},
      {"parks", props::parks}, {"blocks_thread", props::blocks_thread}, {"timed", props::timed},
      {"shared", props::shared}, {"recursive", props::recursive}, {"releases", props::releases},
      {"maybe", props::maybe}, {"outside", props::outside}};
  auto [first, rest] = words.split(' ');
  auto what = role_named(first);
  if (!what) return std::nullopt;
  role_entry e{*what, props::none};
  for (llvm::StringRef word; !rest.empty();) {
    std::tie(word, rest) = rest.split(' ');
    const auto* at = llvm::find_if(known, [&](const auto& k) { return k.first == word; });
    if (at == std::end(known)) return std::nullopt;
    e.properties |= at->second;
  }
  return e;
}

std::string plain_name(const NamedDecl& d) {
  llvm::SmallVector<std::string, 4> parts{d.getDeclName().getAsString()};
  for (const DeclContext* c = d.getDeclContext(); c; c = c->getParent()) {
    if (const auto* n = dyn_cast<NamespaceDecl>(c)) {
      if (!n->isInline() && !n->isAnonymousNamespace()) parts.push_back(n->getName().str());
    } else if (const auto* r = dyn_cast<RecordDecl>(c)) {
      parts.push_back(r->getName().str());
    }
  }
  std::string name = std::move(parts.back());
  for (auto i = parts.rbegin() + 1; i != parts.rend(); ++i) (name += "::") += *i;
  return name;
}

namespace {

llvm::StringRef last_part(llvm::StringRef name) {
  auto at = name.rfind("::");
  return at == llvm::StringRef::npos ? name : name.substr(at + 2);
}

role_entry annotated(const Decl& d) {
  for (const auto* a : d.specific_attrs<AnnotateAttr>()) {
    llvm::StringRef text = a->getAnnotation();
    if (!text.consume_front("gosan::")) continue;
    if (auto e = entry_named(text)) return *e;
  }
  return {};
}

role_entry annotated_anywhere(const FunctionDecl& f) {
  for (const FunctionDecl* d : f.redecls())
    if (role_entry e = annotated(*d); e.what != role::none) return e;
  if (const FunctionDecl* pattern = f.getTemplateInstantiationPattern(); pattern && pattern != &f)
    return annotated_anywhere(*pattern);
  return {};
}

// `operator bool` and its like go by one name; a builtin goes without the size that Clang ends it by, `__sync_lock_release_4`.
std::string role_name(const FunctionDecl& f) {
  if (isa<CXXConversionDecl>(f)) return "operator conversion";
  std::string name = f.getDeclName().getAsString();
  if (f.getBuiltinID() && name.compare(0, 7, "__sync_") == 0) name.resize(llvm::StringRef(name).rtrim("0123456789").rtrim('_').size());
  return name;
}

unsigned c_if_plain(llvm::StringRef name) { return name.contains("::") ? props::none : props::c_name; }

const CXXRecordDecl* class_of(QualType t) {
  if (t.isNull()) return nullptr;
  t = t.getNonReferenceType();
  if (t->isPointerType()) t = t->getPointeeType();
  return t->getAsCXXRecordDecl();
}

}  // namespace

role_map::role_map() {
  using namespace props;
#define GOSAN_ROLE(name, what, properties) set(name, {role::what, static_cast<unsigned>(properties) | c_if_plain(name)});
#include "model/role_table.def"
#undef GOSAN_ROLE
}

void role_map::set(llvm::StringRef name, role_entry entry) {
  by_name_[name] = entry;
  last_parts_[last_part(name)] = true;
  known_.clear();
}

role_entry role_map::look_up(llvm::StringRef name) const {
  auto at = by_name_.find(name);
  return at == by_name_.end() ? role_entry{} : at->second;
}

role_entry role_map::compute(const FunctionDecl& f, const CXXRecordDecl* object_class) const {
  if (role_entry e = annotated_anywhere(f); e.what != role::none) return e;
  if (const auto* constructor = dyn_cast<CXXConstructorDecl>(&f)) {
    if (constructor->isCopyOrMoveConstructor()) return {};
    return of_class(*constructor->getParent());
  }
  std::string own = role_name(f);
  if (!last_parts_.count(own)) return {};
  if (role_entry e = look_up(f.getBuiltinID() ? own : plain_name(f)); e.what != role::none) return e.has(props::c_name) && !f.isExternC() ? role_entry{} : e;
  if (object_class && isa<CXXMethodDecl>(f)) return look_up(plain_name(*object_class) + "::" + own);
  return {};
}

role_entry role_map::of(const FunctionDecl& f, const CXXRecordDecl* object_class) const {
  auto key = std::pair<const Decl*, const Decl*>(f.getCanonicalDecl(), object_class);
  if (auto at = known_.find(key); at != known_.end()) return at->second;
  role_entry e = compute(f, object_class);
  return known_[key] = e;
}

role_entry role_map::of_class(const CXXRecordDecl& c) const {
  auto key = std::pair<const Decl*, const Decl*>(c.getCanonicalDecl(), nullptr);
  if (auto at = known_.find(key); at != known_.end()) return at->second;
  role_entry e = annotated(c);
  if (e.what == role::none)
    if (const auto* s = dyn_cast<ClassTemplateSpecializationDecl>(&c))
      e = annotated(*s->getSpecializedTemplate()->getTemplatedDecl());
  if (e.what == role::none && c.getIdentifier() && last_parts_.count(c.getName())) e = look_up(plain_name(c));
  return known_[key] = e;
}

role_entry role_map::of_type(QualType t) const {
  const CXXRecordDecl* c = class_of(t);
  return c ? of_class(*c) : role_entry{};
}

role_entry role_map::of_elements(QualType container) const {
  const auto* c = dyn_cast_or_null<ClassTemplateSpecializationDecl>(class_of(container));
  if (!c || !c->isInStdNamespace() || !c->getIdentifier()) return {};
  bool sequence = c->getName() == "vector" || c->getName() == "deque" || c->getName() == "list" || c->getName() == "array";
  return sequence ? of_type(c->getTemplateArgs()[0].getAsType()) : role_entry{};
}

// `threads.emplace_back(f, x)` starts what `std::thread(f, x)` does.
role_entry role_map::of_construction_in(const CXXMemberCallExpr& c) const {
  const CXXMethodDecl* m = c.getMethodDecl();
  if (!m || !m->getIdentifier() || m->getName() != "emplace_back" || !c.getNumArgs()) return {};
  role_entry e = of_elements(c.getImplicitObjectArgument()->getType());
  return e.what == role::spawn && of_type(c.getArg(0)->getType()).what != role::spawn ? e : role_entry{};
}

namespace {

role_entry of_atomic_builtin(const AtomicExpr& e) {
  bool loads = e.getOp() == AtomicExpr::AO__atomic_load || e.getOp() == AtomicExpr::AO__atomic_load_n || e.getOp() == AtomicExpr::AO__c11_atomic_load;
  return loads ? role_entry{role::wait, props::query_only} : role_entry{role::signal, props::none};
}

}  // namespace

role_entry role_map::of(const Expr& e) const {
  if (const auto* builtin = dyn_cast<AtomicExpr>(&e)) return of_atomic_builtin(*builtin);
  if (const auto* construct = dyn_cast<CXXConstructExpr>(&e)) return of(*construct->getConstructor());
  const auto* call = dyn_cast<CallExpr>(&e);
  if (!call) return {};
  const FunctionDecl* callee = call->getDirectCallee();
  if (!callee) return {};
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(call)) {
    if (role_entry made = of_construction_in(*member); made.what != role::none) return made;
    if (const Expr* object = member->getImplicitObjectArgument())
      return of(*callee, class_of(object->IgnoreParenImpCasts()->getType()));
  }
  if (isa<CXXOperatorCallExpr>(call) && isa<CXXMethodDecl>(callee) && call->getNumArgs())
    return of(*callee, class_of(call->getArg(0)->IgnoreParenImpCasts()->getType()));
  return of(*callee);
}

}  // namespace gosan::checks
