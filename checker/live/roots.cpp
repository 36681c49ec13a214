#include "live/roots.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "events/own_memory.hpp"

namespace gosan::live {
namespace {

using sync::memory_range;

// One mapping of /proc/self/smaps: its first line, how much of it is there, and its flags.
struct mapping {
  memory_range range;
  bool readable = false, writable = false, shared = false, anonymous = true;
  bool special = false;  // the kernel's own pages, devices
  std::size_t present = 0;  // bytes in memory or swapped out
};

// Files under /dev that are memory all the same.
bool is_memory(std::string_view path) {
  return path.starts_with("/dev/zero") || path.starts_with("/dev/shm/");
}

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
    m.special = std::string_view(path).starts_with("/dev/") && !is_memory(path);
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

// The end of a file may lie before the end of its mapping: what is behind cannot be read.
std::uintptr_t readable_end(memory_range r) {
  constexpr std::uintptr_t page = 4096;
  char byte;
  for (std::uintptr_t a = r.low; a < r.high; a += page) {
    iovec here{&byte, 1}, there{reinterpret_cast<void*>(a), 1};
    if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != 1 && errno == EFAULT) return a;
  }
  return r.high;
}

// Of a large mapping that is mostly empty, the pages that are there: to read the others would bring them in.
void add_present(memory_range r, svector<memory_range>& into) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::uint64_t there = 3ull << 62;  // in memory, swapped out
  const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  static std::uint64_t entries[8192];
  std::uintptr_t a = r.low;
  while (fd >= 0 && a < r.high) {
    const std::size_t want = std::min<std::size_t>((r.high - a) / page, std::size(entries));
    const ssize_t got = want ? pread(fd, entries, want * 8, static_cast<off_t>(a / page * 8)) : 0;
    if (got < 8) break;
    for (ssize_t i = 0; i < got / 8; ++i, a += page) {
      if (!(entries[i] & there)) continue;
      if (!into.empty() && into.back().high == a) into.back().high = a + page;
      else into.push_back({a, a + page});
    }
  }
  if (a < r.high) into.push_back({a, r.high});  // not known: all of it
  if (fd >= 0) close(fd);
}

void add(memory_range r, bool sparse, svector<memory_range>& into) {
  if (sparse) add_present(r, into);
  else into.push_back(r);
}

// `holes` by address.
void cut(const mapping& m, std::span<const memory_range> holes, svector<memory_range>& into) {
  memory_range r = m.range;
  constexpr std::size_t large = std::size_t{16} << 20;
  const bool sparse = m.anonymous && !m.shared && r.high - r.low > large && m.present < (r.high - r.low) / 2;
  auto h = std::partition_point(holes.begin(), holes.end(), [&r](const memory_range& x) { return x.high <= r.low; });
  for (; h != holes.end() && h->low < r.high && r.low < r.high; ++h) {
    if (h->low > r.low) add({r.low, h->low}, sparse, into);
    r.low = std::max(r.low, h->high);
  }
  if (!m.anonymous && r.low < r.high) r.high = readable_end(r);
  if (r.low < r.high) add(r, sparse, into);
}

bool may_hold(const mapping& m) {
  if (!m.readable || m.special) return false;
  if (m.anonymous && !m.shared) return m.present;  // what was never touched is zero
  return m.writable;                               // constants of a file point to no heap block
}

void read_number(const char* line, mapping& m) {
  for (const char* name : {"Rss:", "Swap:"})
    if (!std::strncmp(line, name, std::strlen(name))) m.present += std::strtoull(line + std::strlen(name), nullptr, 10) * 1024;
}

bool read_mappings(svector<mapping>& into) {
  const int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  static char buffer[1 << 16];
  std::size_t held = 0;
  mapping current;
  for (ssize_t n; (n = read(fd, buffer + held, sizeof buffer - 1 - held)) > 0;) {
    held += static_cast<std::size_t>(n);
    buffer[held] = 0;
    char* line = buffer;
    for (char* nl; (nl = static_cast<char*>(std::memchr(line, '\n', held - static_cast<std::size_t>(line - buffer)))); line = nl + 1) {
      *nl = 0;
      if (is_head(line)) current = parse_head(line);
      else if (std::strncmp(line, "VmFlags:", 8)) read_number(line, current);
      else if (may_hold(current)) into.push_back(current);  // its last line
    }
    held -= static_cast<std::size_t>(line - buffer);
    std::memmove(buffer, line, held);
  }
  close(fd);
  return !into.empty();
}

}  // namespace

bool mapped_roots(std::span<const memory_range> others, svector<memory_range>& into) noexcept {
  svector<mapping> mappings;
  if (!read_mappings(mappings)) return false;
  // After the list: what was mapped for reading it is in the register by now, and what is mapped later is not in the list.
  svector<memory_range> holes(others.begin(), others.end());
  events::own_memory::for_each([&holes](std::uintptr_t low, std::uintptr_t high) { holes.push_back({low, high}); });
  std::erase_if(holes, [](const memory_range& h) { return h.low >= h.high; });
  std::sort(holes.begin(), holes.end(), [](const memory_range& a, const memory_range& b) { return a.low < b.low; });
  // One may lie in another: the frames of the proof itself, on the stack of a thread of the tool's.
  for (std::size_t i = 1; i < holes.size(); ++i) holes[i].high = std::max(holes[i].high, holes[i - 1].high);
  for (const mapping& m : mappings) cut(m, holes, into);
  return true;
}

}  // namespace gosan::live
