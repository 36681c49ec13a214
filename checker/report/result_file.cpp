#include "report/result_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "report/json.hpp"

namespace gosan::result_file {
namespace {

using report::json;

int descriptor = -1;
bool begun = false;       // from now on a failure is told here, and not by who opened it
bool incomplete = false;  // a line was lost: the last one must not say that all is there

bool lost() {
  const int error = errno;
  if (begun && !incomplete) std::fprintf(stderr, "gosan: cannot write the result: %s; it is not complete\n", std::strerror(error));
  incomplete = true;
  return errno = error, false;
}

// A line cut short by a full disk or a signal is completed or marked as broken by the reader; never retried as a whole, so
// that it does not appear twice.
bool write_line(const json& j) {
  if (descriptor < 0) return errno = EBADF, false;
  const std::string line = j.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const char* rest = line.data();
  const char* const end = rest + line.size();
  while (rest < end) {
    const ssize_t n = ::write(descriptor, rest, static_cast<std::size_t>(end - rest));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return lost();
    rest += n;
  }
  return true;
}

}  // namespace

bool open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  if (descriptor >= 0) ::close(descriptor);
  descriptor = fd;
  return true;
}

bool write_header(const header& h) {
  return begun = write_line({{"line", "begin"}, {"pid", getpid()}, {"version", version}, {"program", h.program},
                     {"gosan_version", h.gosan_version}, {"detectors", h.detectors}, {"instrumented", h.instrumented}});
}

bool write_finding(const finding& f) {
  return write_line({{"line", "finding"}, {"pid", getpid()}, {"finding", report::to_json(f)}});
}

bool write_footer(const footer& f) {
  if (incomplete) return false;
  json counts = json::object(), repeated = json::array();
  for (const auto& [key, n] : f.counts) counts[key] = n;
  for (const auto& [which, n] : f.repeated) repeated.push_back({which, n});
  return write_line({{"line", "end"}, {"pid", getpid()}, {"finished", f.finished}, {"status", f.status},
                     {"signal", f.signal}, {"repeated", repeated}, {"counts", counts}, {"notes", f.notes}});
}

}  // namespace gosan::result_file
