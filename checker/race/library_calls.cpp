// What instrumented code calls in place of functions of the C library (library_calls.def): the bytes that the function reads and
// writes are accessed, no more than those, and the function is called.
#include <sys/mman.h>

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <strings.h>

#include "race/access.hpp"
#include "race/states.hpp"

namespace gosan::race {
namespace {

struct accesses {
  std::uintptr_t pc;
  void reads(const void* p, std::size_t n) const noexcept { access(reinterpret_cast<std::uintptr_t>(p), n, plain_read, pc); }
  void writes(void* p, std::size_t n) const noexcept { access(reinterpret_cast<std::uintptr_t>(p), n, plain_write, pc); }
  void reads_string(const char* s) const noexcept { reads(s, std::strlen(s) + 1); }
  // Of at most n characters, the terminator included when it is among them.
  void reads_string(const char* s, std::size_t n) const noexcept { reads(s, std::min(strnlen(s, n) + 1, n)); }
  // A comparison looks up to the first difference or the end.
  template <typename Fold>
  void compares(const char* a, const char* b, std::size_t n, Fold fold) const noexcept {
    std::size_t i = 0;
    while (i < n && a[i] && fold(a[i]) == fold(b[i])) ++i;
    reads(a, std::min(i + 1, n));
    reads(b, std::min(i + 1, n));
  }
};

constexpr auto as_it_is = [](char c) { return c; };
constexpr auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };

std::size_t common(const void* a, const void* b, std::size_t n) noexcept {
  const auto *x = static_cast<const unsigned char*>(a), *y = static_cast<const unsigned char*>(b);
  std::size_t i = 0;
  while (n - i >= 8 && !std::memcmp(x + i, y + i, 8)) i += 8;
  while (i < n && x[i] == y[i]) ++i;
  return std::min(i + 1, n);
}

}  // namespace
}  // namespace gosan::race

using gosan::race::accesses;

#define GOSAN_ACCESSES const accesses a{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))}

extern "C" {

std::size_t __gosan_strlen(const char* s) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strlen(s);
  a.reads(s, n + 1);
  return n;
}
std::size_t __gosan_strnlen(const char* s, std::size_t n) {
  GOSAN_ACCESSES;
  a.reads_string(s, n);
  return strnlen(s, n);
}
int __gosan_strcmp(const char* s, const char* t) {
  GOSAN_ACCESSES;
  a.compares(s, t, SIZE_MAX, gosan::race::as_it_is);
  return std::strcmp(s, t);
}
int __gosan_strncmp(const char* s, const char* t, std::size_t n) {
  GOSAN_ACCESSES;
  a.compares(s, t, n, gosan::race::as_it_is);
  return std::strncmp(s, t, n);
}
int __gosan_strcasecmp(const char* s, const char* t) {
  GOSAN_ACCESSES;
  a.compares(s, t, SIZE_MAX, gosan::race::folded);
  return strcasecmp(s, t);
}
int __gosan_strncasecmp(const char* s, const char* t, std::size_t n) {
  GOSAN_ACCESSES;
  a.compares(s, t, n, gosan::race::folded);
  return strncasecmp(s, t, n);
}
char* __gosan_strcpy(char* to, const char* from) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strlen(from) + 1;
  a.reads(from, n);
  a.writes(to, n);
  return std::strcpy(to, from);
}
char* __gosan_stpcpy(char* to, const char* from) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strlen(from) + 1;
  a.reads(from, n);
  a.writes(to, n);
  return stpcpy(to, from);
}
char* __gosan_strncpy(char* to, const char* from, std::size_t n) {
  GOSAN_ACCESSES;
  a.reads_string(from, n);
  a.writes(to, n);
  return std::strncpy(to, from, n);
}
char* __gosan_strcat(char* to, const char* from) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strlen(from) + 1, old = std::strlen(to);
  a.reads(from, n);
  a.reads(to, old);
  a.writes(to + old, n);
  return std::strcat(to, from);
}
char* __gosan_strncat(char* to, const char* from, std::size_t n) {
  GOSAN_ACCESSES;
  const std::size_t old = std::strlen(to);
  a.reads_string(from, n);
  a.reads(to, old);
  a.writes(to + old, strnlen(from, n) + 1);
  return std::strncat(to, from, n);
}
char* __gosan_strchr(const char* s, int c) {
  GOSAN_ACCESSES;
  const char* found = std::strchr(s, c);
  found ? a.reads(s, static_cast<std::size_t>(found - s) + 1) : a.reads_string(s);
  return const_cast<char*>(found);
}
char* __gosan_strrchr(const char* s, int c) {
  GOSAN_ACCESSES;
  a.reads_string(s);
  return const_cast<char*>(std::strrchr(s, c));
}
char* __gosan_strstr(const char* s, const char* t) {
  GOSAN_ACCESSES;
  const char* found = std::strstr(s, t);
  const std::size_t n = std::strlen(t);
  a.reads(t, n + 1);
  found ? a.reads(s, static_cast<std::size_t>(found - s) + n) : a.reads_string(s);
  return const_cast<char*>(found);
}
std::size_t __gosan_strspn(const char* s, const char* t) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strspn(s, t);
  a.reads_string(t);
  a.reads(s, n + 1);
  return n;
}
std::size_t __gosan_strcspn(const char* s, const char* t) {
  GOSAN_ACCESSES;
  const std::size_t n = std::strcspn(s, t);
  a.reads_string(t);
  a.reads(s, n + 1);
  return n;
}
char* __gosan_strpbrk(const char* s, const char* t) {
  GOSAN_ACCESSES;
  a.reads_string(t);
  a.reads(s, std::strcspn(s, t) + 1);
  return const_cast<char*>(std::strpbrk(s, t));
}
char* __gosan_strdup(const char* s) {
  GOSAN_ACCESSES;
  a.reads_string(s);
  return strdup(s);
}
char* __gosan_strndup(const char* s, std::size_t n) {
  GOSAN_ACCESSES;
  a.reads_string(s, n);
  return strndup(s, n);
}
int __gosan_memcmp(const void* s, const void* t, std::size_t n) {
  GOSAN_ACCESSES;
  const std::size_t looked_at = gosan::race::common(s, t, n);
  a.reads(s, looked_at);
  a.reads(t, looked_at);
  return std::memcmp(s, t, n);
}
int __gosan_bcmp(const void* s, const void* t, std::size_t n) {
  GOSAN_ACCESSES;
  const std::size_t looked_at = gosan::race::common(s, t, n);
  a.reads(s, looked_at);
  a.reads(t, looked_at);
  return std::memcmp(s, t, n);
}
void* __gosan_memchr(const void* s, int c, std::size_t n) {
  GOSAN_ACCESSES;
  const void* found = std::memchr(s, c, n);
  a.reads(s, found ? static_cast<std::size_t>(static_cast<const char*>(found) - static_cast<const char*>(s)) + 1 : n);
  return const_cast<void*>(found);
}
void* __gosan_memrchr(const void* s, int c, std::size_t n) {
  GOSAN_ACCESSES;
  const void* found = memrchr(s, c, n);
  const auto before = found ? static_cast<std::size_t>(static_cast<const char*>(found) - static_cast<const char*>(s)) : 0;
  a.reads(static_cast<const char*>(s) + before, n - before);
  return const_cast<void*>(found);
}

// Streams: the caller's buffer; the stream's own state has its lock.
std::size_t __gosan_fread(void* p, std::size_t size, std::size_t count, FILE* f) {
  GOSAN_ACCESSES;
  const std::size_t n = std::fread(p, size, count, f);
  a.writes(p, n * size);
  return n;
}
std::size_t __gosan_fwrite(const void* p, std::size_t size, std::size_t count, FILE* f) {
  GOSAN_ACCESSES;
  a.reads(p, size * count);
  return std::fwrite(p, size, count, f);
}
char* __gosan_fgets(char* s, int n, FILE* f) {
  GOSAN_ACCESSES;
  char* got = std::fgets(s, n, f);
  if (got) a.writes(s, std::strlen(s) + 1);
  return got;
}
int __gosan_fputs(const char* s, FILE* f) {
  GOSAN_ACCESSES;
  a.reads_string(s);
  return std::fputs(s, f);
}
int __gosan_puts(const char* s) {
  GOSAN_ACCESSES;
  a.reads_string(s);
  return std::puts(s);
}

// Pages that are mapped have no past, and leave none.
void* __gosan_mmap(void* at, std::size_t n, int protection, int flags, int fd, off_t offset) {
  void* p = mmap(at, n, protection, flags, fd, offset);
  if (p != MAP_FAILED) gosan::race::forget(reinterpret_cast<std::uintptr_t>(p), n);
  return p;
}
void* __gosan_mmap64(void* at, std::size_t n, int protection, int flags, int fd, off_t offset) {
  return __gosan_mmap(at, n, protection, flags, fd, offset);
}
int __gosan_munmap(void* p, std::size_t n) {
  gosan::race::forget(reinterpret_cast<std::uintptr_t>(p), n);
  return munmap(p, n);
}
void* __gosan_mremap(void* p, std::size_t old, std::size_t n, int flags, ...) {
  va_list more;
  va_start(more, flags);
  void* to = flags & MREMAP_FIXED ? va_arg(more, void*) : nullptr;
  va_end(more);
  gosan::race::forget(reinterpret_cast<std::uintptr_t>(p), old);
  void* moved = mremap(p, old, n, flags, to);
  if (moved != MAP_FAILED) gosan::race::forget(reinterpret_cast<std::uintptr_t>(moved), n);
  return moved;
}
}
