#include "model/check.hpp"

#include <llvm/ADT/StringExtras.h>

namespace gosan::checks {

using namespace clang;

const check* check_named(llvm::StringRef id) {
  for (const check* c : all_checks())
    if (c->info.id == id) return c;
  return nullptr;
}

namespace {

class collected : public findings {
 public:
  void add(diagnosis d) override { all.push_back(std::move(d)); }
  std::vector<diagnosis> all;
};

bool glob_matches(llvm::StringRef glob, llvm::StringRef id) {
  glob = glob.trim();
  if (glob.consume_back("*")) return id.take_front(glob.size()) == glob;
  return glob == id;
}

// Whether `text` holds MARK, or MARK(list) with id in the list.
bool silenced_by(llvm::StringRef text, llvm::StringRef mark, llvm::StringRef id) {
  for (std::size_t at = text.find(mark); at != llvm::StringRef::npos; at = text.find(mark, at + 1)) {
    llvm::StringRef rest = text.substr(at + mark.size());
    if (!rest.consume_front("(")) {
      if (rest.empty() || !llvm::isAlnum(rest.front())) return true;
      continue;
    }
    llvm::SmallVector<llvm::StringRef, 4> globs;
    rest.take_until([](char c) { return c == ')'; }).split(globs, ',');
    if (llvm::any_of(globs, [&](llvm::StringRef g) { return glob_matches(g, id); })) return true;
  }
  return false;
}

// NOLINT on the line, NOLINTNEXTLINE on the one before, NOLINTBEGIN ... NOLINTEND around.
bool is_silenced(const SourceManager& sources, SourceLocation at, llvm::StringRef id) {
  auto [file, offset] = sources.getDecomposedLoc(sources.getExpansionLoc(at));
  bool failed = false;
  llvm::StringRef text = sources.getBufferData(file, &failed);
  if (failed || !text.contains("NOLINT")) return false;
  std::size_t begin = text.rfind('\n', offset);
  begin = begin == llvm::StringRef::npos ? 0 : begin + 1;
  llvm::StringRef line = text.substr(begin).split('\n').first;
  llvm::StringRef before = text.substr(0, begin);
  llvm::StringRef previous = before.drop_back(before.empty() ? 0 : 1);
  previous = previous.substr(previous.rfind('\n') + 1);
  if (silenced_by(line, "NOLINT", id) || silenced_by(previous, "NOLINTNEXTLINE", id)) return true;
  llvm::StringRef rest = before;
  bool inside = false;
  for (auto [one, more] = rest.split('\n'); !one.empty() || !more.empty(); std::tie(one, more) = more.split('\n')) {
    if (silenced_by(one, "NOLINTBEGIN", id)) inside = true;
    if (silenced_by(one, "NOLINTEND", id)) inside = false;
  }
  return inside;
}

}  // namespace

void run_check(const check& c, unit& u, const std::function<void(const diagnosis&)>& emit) {
  collected found;
  c.run(u, found);
  const SourceManager& sources = u.sources();
  llvm::sort(found.all, [&](const diagnosis& a, const diagnosis& b) {
    if (a.at != b.at) return sources.isBeforeInTranslationUnit(a.at, b.at);
    return a.text < b.text;
  });
  std::set<std::pair<unsigned, std::string>> seen;  // instantiations say the same again
  for (const diagnosis& d : found.all) {
    if (!u.in_users_code(d.at) || is_silenced(sources, d.at, c.info.id)) continue;
    if (seen.insert({sources.getExpansionLoc(d.at).getRawEncoding(), d.text}).second) emit(d);
  }
}

}  // namespace gosan::checks
