#include "model/meeting_text.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool enters_closure(const way_step& w) {
  const auto* m = dyn_cast_or_null<CXXMethodDecl>(w.into);
  return m && m->getOverloadedOperator() == OO_Call;
}

// How much of the way leads to the text that it is told in.
std::size_t start_of_text(const deep_access& a) {
  std::size_t n = 0;
  while (n != a.way.size() && enters_closure(a.way[n])) ++n;
  return n;
}

const char* done_by(const deep_access& a) { return a.what.writes ? "writes" : "reads"; }
const char* done_to(const deep_access& a) { return a.what.writes ? "written" : "read"; }

std::string told_as(const deep_access& a) {
  bool direct = start_of_text(a) == a.way.size();
  return "'" + text_of(a.what.path) + "' is " + done_to(a) + (direct ? " here" : " by this call");
}

// The access itself, and the way there.
void add_way(const deep_access& a, std::size_t from, const std::string& who, std::vector<remark>& to) {
  to.push_back({a.what.use->getExprLoc(), who + " " + done_by(a) + " it here"});
  for (std::size_t n = from; n < a.way.size(); ++n)
    to.push_back({a.way[n].at, a.way[n].starts ? "by the goroutine that starts here" : "by this call"});
}

void add_start(const party& p, const char* text, std::vector<remark>& to) {
  to.push_back({p.started, std::string(text) + (p.by_call ? ", in this call, which leaves it running" : "")});
}

}  // namespace

SourceLocation told_at(const deep_access& a) {
  std::size_t n = start_of_text(a);
  return n == a.way.size() ? a.what.use->getExprLoc() : a.way[n].at;
}

diagnosis diagnosis_of(const meeting& m) {
  const deep_access &a = m.one.access, &b = m.other.access;
  diagnosis d;
  d.at = told_at(a);
  d.text = told_as(a);
  bool same_access = a.what.use == b.what.use && a.what.writes == b.what.writes;
  if (m.runner) d.text += " by all the goroutines in which '" + m.runner->getNameAsString() + "' runs this";
  else if (m.one.started.isInvalid()) d.text += std::string(" while a goroutine ") + done_by(b) + " it";
  else if (m.same_code && same_access) d.text += " by every goroutine that the loop starts";
  else d.text += std::string(" by a goroutine while another ") + done_by(b) + " it";
  d.text += ", and nothing keeps them apart";
  if (start_of_text(a) != a.way.size()) add_way(a, start_of_text(a) + 1, "it", d.notes);
  if (m.runner) {
    d.notes.push_back({m.one.started, "the goroutines start here"});
    d.notes.push_back({m.other.started, "by this call"});
    if (!same_access) add_way(b, start_of_text(b), "another", d.notes);
    return d;
  }
  if (m.one.started.isValid()) add_start(m.one, m.same_code ? "the goroutines start here, in a loop" : "the goroutine starts here", d.notes);
  if (same_access && m.same_code) return d;
  add_way(b, start_of_text(b), m.one.started.isInvalid() ? "the goroutine" : "the other", d.notes);
  if (!m.same_code) add_start(m.other, m.one.started.isInvalid() ? "the goroutine starts here, and has not been waited for" : "the other starts here", d.notes);
  return d;
}

}  // namespace gosan::checks
