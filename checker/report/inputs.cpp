#include "report/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "finding/fingerprint.hpp"
#include "report/json.hpp"
#include "report/result_reader.hpp"
#include "report/symbols.hpp"
#include "report/user_error.hpp"

namespace gosan::report {
namespace {

std::string read_whole(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw user_error(fmt::format("cannot read '{}': it is a directory", path));
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) throw user_error(fmt::format("cannot read '{}': {}", path, errno ? std::strerror(errno) : "it is empty"));
  return text.str();
}

// A result file is JSON lines, of which the first is the handshake.
bool is_result_file(const std::string& text) {
  const json first = json::parse(text.substr(0, text.find('\n')), nullptr, false);
  return first.is_object() && first.contains("line");
}

document from_result(const std::string& path, const std::string& text, std::vector<std::string>& faults) {
  std::istringstream in(text);
  result r = read_result(in);
  for (const auto& f : r.faults) faults.push_back(fmt::format("'{}': {}", path, f));
  return std::move(r.found);
}

document from_json(const std::string& path, const std::string& text) {
  try {
    return document_from_json(json::parse(text));
  } catch (const json::parse_error& e) {
    throw user_error(fmt::format("'{}' is no report of gosan: not JSON at byte {}", path, e.byte));
  } catch (const std::exception& e) {
    throw user_error(fmt::format("'{}': {}", path, e.what()));
  }
}

document read(const std::string& path, std::vector<std::string>& faults) {
  const std::string text = read_whole(path);
  document d = is_result_file(text) ? from_result(path, text, faults) : from_json(path, text);
  add_symbols(d.findings);
  return d;
}

}  // namespace

document read_report(const std::string& path) {
  std::vector<std::string> faults;
  document d = read(path, faults);
  if (!faults.empty()) throw user_error(faults.front());
  return d;
}

namespace {

void add_rules(std::vector<rule>& to, std::vector<rule> more) {
  for (auto& r : more) {
    const auto same = [&](const rule& have) { return have.id == r.id; };
    if (std::none_of(to.begin(), to.end(), same)) to.push_back(std::move(r));
  }
}

}  // namespace

document merge(const std::vector<std::string>& paths, std::vector<std::string>& faults) {
  document all;
  for (const auto& path : paths) {
    document d = read(path, faults);
    std::move(d.processes.begin(), d.processes.end(), std::back_inserter(all.processes));
    std::move(d.findings.begin(), d.findings.end(), std::back_inserter(all.findings));
    add_rules(all.rules, std::move(d.rules));
    std::move(d.notes.begin(), d.notes.end(), std::back_inserter(all.notes));
    if (all.unverified.empty()) all.unverified = std::move(d.unverified);
  }
  fold_alike(all.findings);
  return all;
}

}  // namespace gosan::report
