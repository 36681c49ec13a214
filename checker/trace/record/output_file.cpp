#include "trace/record/output_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "trace/record/streams.hpp"

namespace gosan::trace {
namespace {

int open_file(const std::string& path) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

}  // namespace

// A zstd frame is at most a little larger than what it holds; larger ones are stored as they are.
block_maker::block_maker() : scratch_(max_block_bytes) { zstd_.prepare(scratch_.data(), scratch_.size(), scratch_.data(), buffer_bytes); }

void block_maker::append(bytes& into, block_header h, const unsigned char* raw, std::size_t n, bool compress) {
  const std::size_t size = compress ? zstd_.compress(scratch_.data(), scratch_.size(), raw, n) : 0;
  const unsigned char* payload = size ? scratch_.data() : raw;
  if (size) h.flags |= block_compressed;
  h.raw = static_cast<std::uint32_t>(n);
  h.stored = static_cast<std::uint32_t>(size ? size : n);
  h.payload_check = check_of_payload(payload, h.stored);
  unsigned char head[block_header_size];
  encode(h, head);
  into.insert(into.end(), head, head + sizeof head);
  into.insert(into.end(), payload, payload + h.stored);
}

bool output_file::open(const std::string& path) {
  path_ = path;
  fd_ = open_file(path_);
  if (fd_ >= 0 && syscall(SYS_flock, fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    path_ = path + "." + std::to_string(getpid());
    fd_ = open_file(path_);
  }
  return fd_ >= 0 && !(failed_ = !begin());
}

bool output_file::begin() {
  unsigned char head[file_header_size] = {};
  unsigned char* p = head;
  std::memcpy(p, file_magic, 8);
  p += 8;
  put(p, format_version);
  put(p, events::version);
  put(p, static_cast<std::uint32_t>(getpid()));
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  put(p, static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec));
  put<std::uint32_t>(p, 0);
  put(p, check_of(head, file_header_size - 4));
  if (syscall(SYS_ftruncate, fd_, 0L) != 0 && errno != EINVAL) return false;  // a pipe or device cannot be emptied
  syscall(SYS_lseek, fd_, 0L, SEEK_SET);
  return begun_ = write(bytes(head, head + sizeof head));
}

bool output_file::write(const bytes& data) {
  const unsigned char* p = data.data();
  const unsigned char* const end = p + data.size();
  while (p < end && !failed_) {
    const long n = syscall(SYS_write, fd_, p, end - p);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(errno);
    p += n;
  }
  return !failed_;
}

bool output_file::usable() {
  struct stat st{};
  if (!failed_ && fstat(fd_, &st) == 0 && st.st_nlink == 0) fail(ENOENT);
  return !failed_;
}

bool output_file::fail(int error) {
  if (!begun_) return errno = error, false;
  failed_ = true;
  char line[512];
  const int n = std::snprintf(line, sizeof line, "gosan: trace '%s': %s; nothing more is recorded\n", path_.c_str(), std::strerror(error));
  if (n > 0) syscall(SYS_write, 2, line, std::min<std::size_t>(static_cast<std::size_t>(n), sizeof line - 1));
  errno = error;
  return false;
}

}  // namespace gosan::trace
