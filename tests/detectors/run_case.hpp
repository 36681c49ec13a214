// One case of detector_cases as a subprocess, and what came of it.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "finding/kinds.hpp"
#include "report/result_reader.hpp"

namespace gosan {

struct outcome {
  int status = 0;
  int signal = 0;
  report::result result;
  std::string errors;  // standard error

  std::vector<std::string> kinds() const {
    std::vector<std::string> out;
    for (const finding& f : result.found.findings) out.emplace_back(id_of(f.kind));
    return out;
  }
  const finding& only() const { return result.found.findings.at(0); }
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline outcome run_case(const std::string& name, const std::string& options = "", bool with_result = true) {
  const std::string base = ::testing::TempDir() + "gosan_case_" + name + "_" + std::to_string(getpid());
  std::filesystem::remove(base + ".jsonl");
  const std::string env = options + (with_result ? (options.empty() ? "" : ":") + std::string("result=") + base + ".jsonl" : "");
  const std::string command = "GOSAN_OPTIONS='" + env + "' exec '" GOSAN_CASES "' " + name + " 2>'" + base + ".err'";
  const int raw = std::system(command.c_str());
  outcome o;
  o.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  o.signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
  o.errors = slurp(base + ".err");
  std::ifstream in(base + ".jsonl");
  if (with_result) o.result = report::read_result(in);
  std::filesystem::remove(base + ".jsonl");
  std::filesystem::remove(base + ".err");
  return o;
}

}  // namespace gosan
