#include "symbolize/line_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace gosan::symbolize {
namespace {

// Reading the debug information of a large program takes seconds; more than this is a hang.
constexpr int silence_limit_ms = 30'000;

// The child is no part of the program: no preloaded library, no options of ours, no look-ups over the network.
std::vector<char*> environment() {
  std::vector<char*> kept;
  for (char** e = environ; e && *e; ++e) {
    const std::string_view text = *e;
    if (text.starts_with("LD_PRELOAD=") || text.starts_with("GOSAN_") || text.starts_with("DEBUGINFOD_")) continue;
    kept.push_back(*e);
  }
  kept.push_back(nullptr);
  return kept;
}

pid_t spawn(const std::vector<std::string>& command, int fd) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> env = environment();

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, fd, 0);
  posix_spawn_file_actions_adddup2(&files, fd, 1);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

  pid_t pid = -1;
  if (posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), env.data()) != 0) pid = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return pid;
}

}  // namespace

line_process::line_process(const std::vector<std::string>& command) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  pid_ = spawn(command, ends[1]);
  close(ends[1]);
  fd_ = ends[0];
  if (pid_ < 0) give_up();
}

line_process::~line_process() { give_up(); }

void line_process::give_up() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  // The program may reap any child it finds; then this fails with ECHILD, which is as good.
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

bool line_process::send(std::string_view text) {
  while (fd_ >= 0 && !text.empty()) {
    const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      give_up();
    }
  }
  return fd_ >= 0;
}

bool line_process::read_line(std::string& into) {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      into.assign(pending_, 0, end);
      pending_.erase(0, end + 1);
      return true;
    }
    if (fd_ < 0) return false;
    pollfd p{fd_, POLLIN, 0};
    const int ready = poll(&p, 1, silence_limit_ms);
    if (ready < 0 && errno == EINTR) continue;
    char buffer[4096];
    const ssize_t n = ready > 0 ? recv(fd_, buffer, sizeof buffer, 0) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return give_up(), false;
    pending_.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace gosan::symbolize
