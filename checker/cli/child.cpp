#include "cli/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/errors.hpp"

extern char** environ;

namespace gosan::cli {
namespace {

constexpr int to_pass_on[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

sigset_t waited_for() {
  sigset_t set;
  sigemptyset(&set);
  for (int s : to_pass_on) sigaddset(&set, s);
  sigaddset(&set, SIGCHLD);
  return set;
}

// Blocks what run_child waits for, and gives the mask back at the end. What came for the child and was not passed on before
// it ended is taken away: reports are still to be written.
class signals_blocked {
 public:
  signals_blocked() {
    const sigset_t set = waited_for();
    // An inherited "ignore" would make the kernel throw the child's status away.
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &set, &before_);
  }
  ~signals_blocked() {
    const sigset_t set = waited_for();
    const timespec at_once{};
    while (sigtimedwait(&set, nullptr, &at_once) > 0) {
    }
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

std::vector<char*> environment_with(std::string& variable) {
  std::vector<char*> env;
  for (char** e = environ; e && *e; ++e) {
    if (!std::string_view(*e).starts_with("GOSAN_OPTIONS=")) env.push_back(*e);
  }
  env.push_back(variable.data());
  env.push_back(nullptr);
  return env;
}

pid_t start(const std::vector<std::string>& command, const std::string& options, const sigset_t& mask, const char* errors) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::string variable = "GOSAN_OPTIONS=" + options;
  const auto env = environment_with(variable);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (errors) {
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  pid_t pid = -1;
  const std::string file = find_executable(command[0]);
  const int error = posix_spawn(&pid, file.c_str(), &files, &attributes, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw failure(status_usage, fmt::format("cannot run '{}': {}", command[0], std::strerror(error)));
  return pid;
}

// The terminal sends its signals to the whole process group, the child included; anybody else only to us.
bool came_from_terminal(const siginfo_t& s) { return s.si_code == SI_KERNEL; }

outcome wait_for(pid_t pid) {
  const sigset_t set = waited_for();
  for (;;) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) {
      if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
      return {WEXITSTATUS(status), 0};
    }
    siginfo_t came{};
    const int number = sigwaitinfo(&set, &came);
    if (number > 0 && number != SIGCHLD && !came_from_terminal(came)) kill(pid, number);
  }
}

bool is_executable_file(const std::string& path) {
  struct stat st{};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string why_not(const std::string& path) {
  struct stat st{};
  if (stat(path.c_str(), &st) != 0) return std::strerror(errno);
  if (S_ISDIR(st.st_mode)) return "it is a directory";
  return "it is not executable";
}

}  // namespace

std::string find_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_executable_file(name)) return name;
    throw failure(status_usage, fmt::format("cannot run '{}': {}", name, why_not(name)));
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!name.empty()) {
    const auto end = path.find(':');
    const auto folder = path.substr(0, end);
    const std::string candidate = (folder.empty() ? "." : std::string(folder)) + "/" + name;
    if (is_executable_file(candidate)) return candidate;
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  throw failure(status_usage, fmt::format("cannot run '{}': no such program on PATH", name));
}

outcome run_child(const std::vector<std::string>& command, const std::string& options) {
  const signals_blocked blocked;
  return wait_for(start(command, options, blocked.before(), nullptr));
}

outcome run_quietly(const std::vector<std::string>& command, const std::string& errors) {
  const signals_blocked blocked;
  const char* options = std::getenv("GOSAN_OPTIONS");
  return wait_for(start(command, options ? options : "", blocked.before(), errors.c_str()));
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace gosan::cli
