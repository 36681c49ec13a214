#include "report/result_reader.hpp"

#include <fmt/format.h>

#include <map>

#include "report/json.hpp"
#include "report/result_file.hpp"

namespace gosan::report {
namespace {

class reader {
 public:
  explicit reader(result& into) : into_(into) {}

  void take(const json& j) {
    const auto pid = j.at("pid").get<std::uint64_t>();
    const auto line = j.at("line").get<std::string>();
    if (line == "begin") return begin(pid, j);
    const auto run = current_.find(pid);
    if (run == current_.end()) throw std::runtime_error(fmt::format("process {} has given no handshake before it", pid));
    if (line == "finding") return add(run->second, j);
    if (line == "end") return end(run->second, j);
    throw std::runtime_error(fmt::format("unknown kind of line '{}'", line));
  }

 private:
  struct run {
    std::size_t process;                 // in found.processes
    std::vector<std::size_t> findings;   // in found.findings
  };

  process_run& process_of(const run& r) { return into_.found.processes[r.process]; }

  void begin(std::uint64_t pid, const json& j) {
    if (const int version = j.at("version").get<int>(); version != result_file::version) {
      throw std::runtime_error(fmt::format("version {} of the result file is not known here", version));
    }
    current_[pid] = {into_.found.processes.size(), {}};
    into_.found.processes.push_back(process_from_json(j));
  }

  void add(run& r, const json& j) {
    r.findings.push_back(into_.found.findings.size());
    into_.found.findings.push_back(finding_from_json(j.at("finding")));
  }

  void end(run& r, const json& j) {
    const process_run last = process_from_json(j);
    auto& p = process_of(r);
    p.ended = true;
    p.finished = last.finished;
    p.status = last.status;
    p.signal = last.signal;
    p.counts = last.counts;
    p.notes = last.notes;
    for (const auto& pair : j.at("repeated")) {
      const auto which = pair.at(0).get<std::size_t>();
      const auto count = pair.at(1).get<std::uint64_t>();
      if (which < r.findings.size()) into_.found.findings[r.findings[which]].count = count;
    }
  }

  result& into_;
  std::map<std::uint64_t, run> current_;
};

}  // namespace

result read_result(std::istream& in) {
  result r;
  reader reads(r);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    try {
      reads.take(json::parse(line));
    } catch (const json::parse_error&) {
      r.faults.push_back(fmt::format("line {} is cut short or no JSON", number));
    } catch (const std::exception& e) {
      r.faults.push_back(fmt::format("line {}: {}", number, e.what()));
    }
  }
  return r;
}

}  // namespace gosan::report
