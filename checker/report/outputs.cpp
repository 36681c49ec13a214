#include "report/outputs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "report/html.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/sarif.hpp"
#include "report/text.hpp"
#include "report/user_error.hpp"

namespace gosan::report {
namespace {

constexpr std::pair<std::string_view, format> formats[] = {
    {"text", format::text}, {"json", format::json}, {"sarif", format::sarif}, {"junit", format::junit}, {"html", format::html}};

std::string_view extension_of(format f) {
  switch (f) {
    case format::text: return "txt";
    case format::json: return "json";
    case format::sarif: return "sarif";
    case format::junit: return "xml";
    case format::html: return "html";
  }
  std::abort();
}

user_error cannot_write(const std::string& path, int error) {
  return user_error(fmt::format("cannot write report '{}': {}", path, std::strerror(error)));
}

// To a device or a pipe directly; else beside the file, then renamed over it.
void write_file(const std::string& path, const std::string& text) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  const bool beside = kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found;
  std::string where = beside ? fmt::format("{}.{}.part", path, getpid()) : path;
  std::FILE* file = std::fopen(where.c_str(), "we");
  if (!file && beside) file = std::fopen((where = path).c_str(), "we");  // the file is writable, its folder is not
  if (!file) throw cannot_write(path, errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  if (std::fclose(file) != 0 || !written) {
    const int why = written ? errno : error;
    if (where != path) unlink(where.c_str());
    throw cannot_write(path, why);
  }
  if (where != path && std::rename(where.c_str(), path.c_str()) != 0) throw cannot_write(path, errno);
}

}  // namespace

std::string known_formats() {
  std::string known;
  for (const auto& [word, f] : formats) known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
  return known;
}

format parse_format(std::string_view name) {
  for (const auto& [word, f] : formats) {
    if (word == name) return f;
  }
  throw user_error(fmt::format("unknown report format '{}' (known: {})", name, known_formats()));
}

std::string render(format f, const document& d, bool colours) {
  switch (f) {
    case format::text: return render_text(d, colours);
    case format::json: return render_json(d);
    case format::sarif: return render_sarif(d, std::filesystem::current_path().string());
    case format::junit: return render_junit(d);
    case format::html: return render_html(d);
  }
  std::abort();
}

output::output(std::string_view spec) : format_(parse_format(spec.substr(0, spec.find(':')))) {
  if (const auto colon = spec.find(':'); colon != std::string_view::npos) {
    path_ = spec.substr(colon + 1);
    if (path_.empty()) throw user_error(fmt::format("no path after the colon in --report {}", spec));
  } else if (format_ != format::text) {
    path_ = fmt::format("gosan-findings.{}", extension_of(format_));
  }
}

void output::check_writable() const {
  if (to_stderr()) return;
  const bool there = access(path_.c_str(), F_OK) == 0;
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  // A pipe nobody reads yet is no error: its reader may come while the program runs.
  if (fd < 0 && errno != ENXIO) throw cannot_write(path_, errno);
  if (fd >= 0) ::close(fd);
  if (!there) unlink(path_.c_str());
}

void output::write(const document& d) const {
  if (to_stderr()) return print_to_stderr(d);
  write_file(path_, render(format_, d));
}

bool write_all(const std::vector<output>& outputs, const document& d) {
  bool shown = false, all = true;
  for (const auto& o : outputs) {
    try {
      o.write(d);
      shown = shown || o.to_stderr();
    } catch (const user_error& f) {
      fmt::print(stderr, "gosan: {}\n", f.what());
      all = false;
    }
  }
  if (!all && !shown) print_to_stderr(d);
  return all;
}

void print_to_stderr(const document& d) {
  const bool colours = isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  const std::string text = render(format::text, d, colours);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace gosan::report
