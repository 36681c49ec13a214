// Reading and writing of descriptors: the buffers are accessed, and a write is before the read that sees its effect.
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "intercept/descriptors.hpp"
#include "intercept/next.hpp"
#include "intercept/thread_events.hpp"
#include "race/access.hpp"
#include "race/states.hpp"

GOSAN_NEXT(read, __read)
GOSAN_NEXT(pread, __pread)
GOSAN_NEXT(readv, __readv)
GOSAN_NEXT(recv, __recv)
GOSAN_NEXT(recvfrom, __recvfrom)
GOSAN_NEXT(recvmsg, __recvmsg)
GOSAN_NEXT(write, __write)
GOSAN_NEXT(pwrite, __pwrite)
GOSAN_NEXT(writev, __writev)
GOSAN_NEXT(send, __send)
GOSAN_NEXT(sendto, __sendto)
GOSAN_NEXT(sendmsg, __sendmsg)
GOSAN_NEXT(close, __close)
GOSAN_NEXT(dup2, __dup2)
GOSAN_NEXT(dup3, __dup3)

namespace gosan::intercept {
namespace {

void touch(const void* p, std::size_t n, bool writes, void* pc) noexcept {
  race::access(reinterpret_cast<std::uintptr_t>(p), n, writes ? race::plain_write : race::plain_read,
               reinterpret_cast<std::uintptr_t>(pc));
}

// What was transferred, over the pieces of a vector.
void touch_pieces(const iovec* pieces, std::size_t count, ssize_t n, bool writes, void* pc) noexcept {
  for (std::size_t i = 0; i < count && n > 0; ++i) {
    const std::size_t here = pieces[i].iov_len < static_cast<std::size_t>(n) ? pieces[i].iov_len : static_cast<std::size_t>(n);
    touch(pieces[i].iov_base, here, writes, pc);
    n -= static_cast<ssize_t>(here);
  }
}

// errno is the real call's.
class keep_errno {
 public:
  keep_errno() noexcept : saved_(errno) {}
  ~keep_errno() { errno = saved_; }
  keep_errno(const keep_errno&) = delete;
  keep_errno& operator=(const keep_errno&) = delete;

 private:
  int saved_;
};

void before_write(int fd) noexcept {
  if (const events::object_id id = descriptors::object_of(fd)) emit_id(events::kind::io_release, id);
}

void after_read(int fd) noexcept {
  keep_errno scope;
  if (const events::object_id id = descriptors::object_of(fd)) emit_id(events::kind::io_acquire, id);
}

template <typename F>
ssize_t read_into(int fd, void* p, void* pc, F call) {
  const ssize_t n = call();
  if (n < 0 || !observed()) return n;
  after_read(fd);
  touch(p, static_cast<std::size_t>(n), true, pc);
  return n;
}

template <typename F>
ssize_t read_pieces(int fd, const iovec* pieces, std::size_t count, void* pc, F call) {
  const ssize_t n = call();
  if (n < 0 || !observed()) return n;
  after_read(fd);
  touch_pieces(pieces, count, n, true, pc);
  return n;
}

template <typename F>
ssize_t write_from(int fd, const void* p, std::size_t n, void* pc, F call) {
  if (observed()) {
    touch(p, n, false, pc);
    before_write(fd);
  }
  return call();
}

template <typename F>
ssize_t write_pieces(int fd, const iovec* pieces, std::size_t count, void* pc, F call) {
  if (observed()) {
    for (std::size_t i = 0; i < count; ++i) touch(pieces[i].iov_base, pieces[i].iov_len, false, pc);
    before_write(fd);
  }
  return call();
}

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

#define GOSAN_PC __builtin_return_address(0)

extern "C" {
ssize_t read(int fd, void* p, std::size_t n) {
  return read_into(fd, p, GOSAN_PC, [&] { return next_read(fd, p, n); });
}
ssize_t pread(int fd, void* p, std::size_t n, off_t at) {
  return read_into(fd, p, GOSAN_PC, [&] { return next_pread(fd, p, n, at); });
}
ssize_t readv(int fd, const iovec* v, int count) {
  return read_pieces(fd, v, static_cast<std::size_t>(count), GOSAN_PC, [&] { return next_readv(fd, v, count); });
}
ssize_t recv(int fd, void* p, std::size_t n, int flags) {
  return read_into(fd, p, GOSAN_PC, [&] { return next_recv(fd, p, n, flags); });
}
ssize_t recvfrom(int fd, void* p, std::size_t n, int flags, sockaddr* from, socklen_t* length) {
  return read_into(fd, p, GOSAN_PC, [&] { return next_recvfrom(fd, p, n, flags, from, length); });
}
ssize_t recvmsg(int fd, msghdr* m, int flags) {
  return read_pieces(fd, m->msg_iov, m->msg_iovlen, GOSAN_PC, [&] { return next_recvmsg(fd, m, flags); });
}
ssize_t write(int fd, const void* p, std::size_t n) {
  return write_from(fd, p, n, GOSAN_PC, [&] { return next_write(fd, p, n); });
}
ssize_t pwrite(int fd, const void* p, std::size_t n, off_t at) {
  return write_from(fd, p, n, GOSAN_PC, [&] { return next_pwrite(fd, p, n, at); });
}
ssize_t writev(int fd, const iovec* v, int count) {
  return write_pieces(fd, v, static_cast<std::size_t>(count), GOSAN_PC, [&] { return next_writev(fd, v, count); });
}
ssize_t send(int fd, const void* p, std::size_t n, int flags) {
  return write_from(fd, p, n, GOSAN_PC, [&] { return next_send(fd, p, n, flags); });
}
ssize_t sendto(int fd, const void* p, std::size_t n, int flags, const sockaddr* to, socklen_t length) {
  return write_from(fd, p, n, GOSAN_PC, [&] { return next_sendto(fd, p, n, flags, to, length); });
}
ssize_t sendmsg(int fd, const msghdr* m, int flags) {
  return write_pieces(fd, m->msg_iov, m->msg_iovlen, GOSAN_PC, [&] { return next_sendmsg(fd, m, flags); });
}
int close(int fd) {
  if (observed()) before_write(fd);  // who sees the end of the file is after this
  descriptors::closed(fd);
  return next_close(fd);
}
int dup2(int from, int to) noexcept {
  descriptors::closed(to);
  return next_dup2(from, to);
}
int dup3(int from, int to, int flags) noexcept {
  descriptors::closed(to);
  return next_dup3(from, to, flags);
}
}
