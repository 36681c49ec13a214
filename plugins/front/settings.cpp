#include "front/settings.hpp"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/GlobPattern.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include "front/config_text.hpp"

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

bool add_in_front(const std::vector<std::string>& globs, std::vector<std::string>& to, std::string& error) {
  std::vector<std::string> all;
  for (const std::string& one : globs)
    if (!add_globs(one, all, error)) return false;
  to.insert(to.begin(), all.begin(), all.end());
  return true;
}

}  // namespace

bool settings::is_on(const check_info& c) const { return last_match(checks, c.id).value_or(c.on_by_default); }
std::optional<bool> settings::is_on_by_choice(const check_info& c) const { return last_match(checks, c.id); }
std::optional<bool> settings::is_error_by_choice(const check_info& c) const { return last_match(errors, c.id); }

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
  for (llvm::sys::path::remove_filename(folder); !folder.empty(); folder.resize(llvm::sys::path::parent_path(folder).size())) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, ".gosan.json");
    if (llvm::sys::fs::exists(path)) return read(path, error);
    if (llvm::sys::path::parent_path(folder) == folder) break;
  }
  return true;
}

bool settings::read(llvm::StringRef path, std::string& error) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) error = buffer.getError().message();
  auto said = buffer ? parse_config((*buffer)->getBuffer().str(), error) : std::nullopt;
  if (!said || !take(*said, error)) {
    error = path.str() + ": " + error;
    return false;
  }
  return true;
}

bool settings::take(const config_text& said, std::string& error) {
  for (const auto& [name, what] : said.roles) {
    auto known = entry_named(what);
    if (!known) {
      error = "'" + name + "' has no known role";
      return false;
    }
    roles.set(name, *known);
  }
  // What the command line says comes later, and wins.
  return add_in_front(said.checks, checks, error) && add_in_front(said.errors, errors, error);
}

}  // namespace gosan::checks
