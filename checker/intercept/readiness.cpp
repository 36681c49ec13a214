// Waiting for descriptors: who is told that one is ready is after whoever made it so. Instrumented code calls these in place of the
// functions of the system (race/library_calls.def).
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "intercept/descriptors.hpp"
#include "intercept/kernel_held.hpp"
#include "intercept/thread_events.hpp"
#include "live/locked_list.hpp"

namespace gosan::intercept {
namespace {

void leave(int fd) noexcept {
  if (!observed()) return;
  if (const events::object_id id = descriptors::object_of(fd)) emit_id(events::kind::io_release, id);
}

void take(int fd) noexcept {
  if (!observed()) return;
  const int saved = errno;
  if (const events::object_id id = descriptors::object_of(fd)) emit_id(events::kind::io_acquire, id);
  errno = saved;
}

using watch_list = live::ivector<std::pair<int, events::object_id>>;

// The file objects that each epoll descriptor watches or has watched. An event says what the program has put into it, not which
// descriptor is meant: all of them are taken for ready. Sockets share one object, so the list is short.
constinit live::locked_list<watch_list::value_type> watched;

void watch(int poller, events::object_id object) noexcept {
  watched.with([both = std::pair(poller, object)](watch_list& list) {
    if (std::find(list.begin(), list.end(), both) == list.end()) list.push_back(both);
  });
}

live::ivector<events::object_id> watched_by(int poller) noexcept {
  return watched.with([poller](const watch_list& list) {
    live::ivector<events::object_id> all;
    for (auto [p, object] : list)
      if (p == poller) all.push_back(object);
    return all;
  });
}

void take_ready(const pollfd* fds, nfds_t n) noexcept {
  for (nfds_t i = 0; i < n; ++i)
    if (fds[i].revents) take(fds[i].fd);
}

void take_ready(int poller, int events) noexcept {
  if (events <= 0 || !observed()) return;
  take(poller);
  for (events::object_id object : watched_by(poller)) emit_id(events::kind::io_acquire, object);
}

}  // namespace
}  // namespace gosan::intercept

using namespace gosan::intercept;

extern "C" {
int __gosan_poll(pollfd* fds, nfds_t n, int timeout) {
  const int ready = poll(fds, n, timeout);
  if (ready > 0) take_ready(fds, n);
  return ready;
}
int __gosan_ppoll(pollfd* fds, nfds_t n, const timespec* timeout, const sigset_t* mask) {
  const int ready = ppoll(fds, n, timeout, mask);
  if (ready > 0) take_ready(fds, n);
  return ready;
}
int __gosan_select(int n, fd_set* in, fd_set* out, fd_set* other, timeval* timeout) {
  const int ready = select(n, in, out, other, timeout);
  for (int fd = 0; ready > 0 && fd < n; ++fd)
    if ((in && FD_ISSET(fd, in)) || (out && FD_ISSET(fd, out))) take(fd);
  return ready;
}
// The descriptor of the poller itself stands for what precedes the call.
int __gosan_epoll_ctl(int poller, int what, int fd, epoll_event* e) {
  leave(poller);
  if (what != EPOLL_CTL_DEL && observed()) watch(poller, descriptors::object_of(fd));
  const bool removes = what == EPOLL_CTL_DEL;
  // While it is given up or taken over, it is kept.
  const std::uint64_t before = removes || !e ? 0 : kernel_held::keep(poller, fd, e->data.u64);
  const int result = epoll_ctl(poller, what, fd, e);
  if (removes && result == 0) kernel_held::keep(poller, fd, 0);
  if (!removes && result != 0) kernel_held::keep(poller, fd, before);
  return result;
}
int __gosan_epoll_wait(int poller, epoll_event* e, int n, int timeout) {
  const int ready = epoll_wait(poller, e, n, timeout);
  take_ready(poller, ready);
  return ready;
}
int __gosan_epoll_pwait(int poller, epoll_event* e, int n, int timeout, const sigset_t* mask) {
  const int ready = epoll_pwait(poller, e, n, timeout, mask);
  take_ready(poller, ready);
  return ready;
}
int __gosan_eventfd_read(int fd, eventfd_t* value) {
  const int error = eventfd_read(fd, value);
  if (!error) take(fd);
  return error;
}
int __gosan_eventfd_write(int fd, eventfd_t value) {
  leave(fd);
  return eventfd_write(fd, value);
}
int __gosan_connect(int fd, const sockaddr* to, socklen_t n) {
  leave(fd);
  return connect(fd, to, n);
}
int __gosan_accept(int fd, sockaddr* from, socklen_t* n) {
  const int accepted = accept(fd, from, n);
  if (accepted >= 0) take(fd);
  return accepted;
}
int __gosan_accept4(int fd, sockaddr* from, socklen_t* n, int flags) {
  const int accepted = accept4(fd, from, n, flags);
  if (accepted >= 0) take(fd);
  return accepted;
}
int __gosan_shutdown(int fd, int how) {
  leave(fd);
  return shutdown(fd, how);
}
}
