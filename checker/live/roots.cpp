#include "live/roots.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace gosan::live {
namespace {

using sync::memory_range;

// One mapping of /proc/self/smaps: its first line and its flags.
struct mapping {
  memory_range range;
  bool readable = false, writable = false, shared = false, anonymous = true;
  bool special = false;  // the kernel's own pages, devices
};

mapping parse_head(const char* line) {
  mapping m;
  char* at = nullptr;
  m.range.low = std::strtoull(line, &at, 16);
  m.range.high = std::strtoull(at + 1, &at, 16);
  m.readable = at[1] == 'r';
  m.writable = at[2] == 'w';
  m.shared = at[4] == 's';
  if (const char* path = std::strchr(at, '/')) {
    m.anonymous = false;
    m.special = std::string_view(path).starts_with("/dev/");
  } else if (const char* name = std::strchr(at, '[')) {
    m.special = std::string_view(name).starts_with("[v");
  }
  return m;
}

bool is_head(const char* line) {
  // "55cc1032e000-55cc10330000 r--p ...": no other line has '-' before the first blank and a colon after neither.
  const char* p = line;
  while ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f')) ++p;
  return p != line && *p == '-';
}

void add(memory_range r, std::span<const memory_range> holes, svector<memory_range>& into) {
  for (const memory_range& h : holes) {
    if (h.high <= r.low || h.low >= r.high) continue;
    if (h.low > r.low) add({r.low, h.low}, holes, into);
    r.low = h.high;
    if (r.low >= r.high) return;
  }
  into.push_back(r);
}

void decide(const mapping& m, bool no_reserve, std::span<const memory_range> holes, svector<memory_range>& into) {
  if (!m.readable || m.shared || m.special || no_reserve) return;
  if (!m.writable && !m.anonymous) return;  // constants of a file point to no heap block
  add(m.range, holes, into);
}

}  // namespace

bool mapped_roots(std::span<const memory_range> holes, svector<memory_range>& into) noexcept {
  const int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  static char buffer[1 << 16];
  std::size_t held = 0;
  mapping current;
  bool any = false;
  for (ssize_t n; (n = read(fd, buffer + held, sizeof buffer - 1 - held)) > 0;) {
    held += static_cast<std::size_t>(n);
    buffer[held] = 0;
    char* line = buffer;
    for (char* nl; (nl = static_cast<char*>(std::memchr(line, '\n', held - static_cast<std::size_t>(line - buffer)))); line = nl + 1) {
      *nl = 0;
      if (is_head(line)) current = parse_head(line), any = true;
      else if (!std::strncmp(line, "VmFlags:", 8)) decide(current, std::strstr(line, " nr") != nullptr, holes, into);
    }
    held -= static_cast<std::size_t>(line - buffer);
    std::memmove(buffer, line, held);
  }
  close(fd);
  return any;
}

}  // namespace gosan::live
