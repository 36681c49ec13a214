#include "front/settings.hpp"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/GlobPattern.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace gosan::checks {

namespace {

std::optional<bool> last_match(llvm::ArrayRef<std::string> globs, llvm::StringRef id) {
  for (llvm::StringRef one : llvm::reverse(globs)) {
    bool adds = !one.consume_front("-");
    auto glob = llvm::GlobPattern::create(one);
    if (!glob) {
      llvm::consumeError(glob.takeError());
      continue;
    }
    if (glob->match(id)) return adds;
  }
  return std::nullopt;
}

// Every glob must mean something: a name that is misspelt would else be a check that is silently off.
bool add_globs(llvm::StringRef list, std::vector<std::string>& to, std::string& error) {
  llvm::SmallVector<llvm::StringRef, 8> parts;
  list.split(parts, ',', -1, false);
  for (llvm::StringRef one : parts) {
    one = one.trim();
    to.push_back(one.str());
    one.consume_front("-");
    auto glob = llvm::GlobPattern::create(one);
    if (!glob) {
      error = llvm::toString(glob.takeError());
      return false;
    }
    if (llvm::none_of(all_checks(), [&](const check* c) { return glob->match(c->info.id); })) {
      error = "gosan: no check is called '" + one.str() + "'";
      return false;
    }
  }
  return true;
}

bool take_list(const llvm::json::Object& from, llvm::StringRef key, std::vector<std::string>& to, llvm::StringRef path,
               std::string& error) {
  const llvm::json::Value* value = from.get(key);
  if (!value) return true;
  const auto* list = value->getAsArray();
  std::string joined;
  if (list)
    for (const llvm::json::Value& one : *list) {
      auto text = one.getAsString();
      joined += (joined.empty() ? "" : ",") + (text ? text->str() : "?");
    }
  if (list && add_globs(joined, to, error)) return true;
  error = (path + ": \"" + key + "\" must be a list of checks" + (error.empty() ? "" : ": " + error)).str();
  return false;
}

}  // namespace

bool settings::is_on(const check_info& c) const { return last_match(checks, c.id).value_or(c.on_by_default); }
bool settings::is_error(const check_info& c) const { return last_match(errors, c.id).value_or(false); }

bool settings::take_argument(llvm::StringRef argument, std::string& error) {
  auto [key, value] = argument.split('=');
  if (key == "checks") return add_globs(value, checks, error);
  if (key == "error") return add_globs(value, errors, error);
  if (key == "config") {
    config = value.str();
    return true;
  }
  error = ("gosan: unknown argument '" + key + "' (known: checks=, error=, config=)").str();
  return false;
}

bool settings::find_file(llvm::StringRef source, std::string& error) {
  if (!config.empty()) return read(config, error);
  llvm::SmallString<256> folder(source);
  if (llvm::sys::fs::make_absolute(folder)) return true;
  for (llvm::sys::path::remove_filename(folder); !folder.empty(); folder = llvm::sys::path::parent_path(folder)) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, ".gosan.json");
    if (llvm::sys::fs::exists(path)) return read(path, error);
    if (llvm::sys::path::parent_path(folder) == folder) break;
  }
  return true;
}

bool settings::read(llvm::StringRef path, std::string& error) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    error = (path + ": " + buffer.getError().message()).str();
    return false;
  }
  llvm::StringRef text = (*buffer)->getBuffer();
  if (!roles.read_text(text, path, error)) return false;
  auto parsed = llvm::json::parse(text);
  if (!parsed) {  // read_text has said so already
    llvm::consumeError(parsed.takeError());
    return false;
  }
  const auto* top = parsed->getAsObject();
  // What the command line says comes later, and wins.
  std::vector<std::string> chosen = std::move(checks), fatal = std::move(errors);
  checks.clear();
  errors.clear();
  bool good = take_list(*top, "checks", checks, path, error) && take_list(*top, "errors", errors, path, error);
  checks.insert(checks.end(), chosen.begin(), chosen.end());
  errors.insert(errors.end(), fatal.begin(), fatal.end());
  return good;
}

}  // namespace gosan::checks
