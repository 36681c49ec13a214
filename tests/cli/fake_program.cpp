// A program that hands its result over in every good and bad way a real one can, by name: what the gosan command makes of
// each is tested without compiler pass, runtime or detectors.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "options/options.hpp"
#include "report/result_file.hpp"

namespace {

using namespace gosan;

void begin() {
  if (!result_file::open(process_options().result)) std::exit(99);
  result_file::write_header({.program = "/fake/program", .gosan_version = "0", .detectors = {"race"}, .instrumented = true});
}

void end(int status, int signal = 0) {
  result_file::footer f;
  f.finished = signal == 0;
  f.status = status;
  f.signal = signal;
  f.counts = {{"accesses", 12}};
  result_file::write_footer(f);
}

finding make(finding_kind kind, const std::string& function, const std::string& grade = "") {
  finding f;
  f.kind = kind;
  f.grade = grade;
  f.message = "a planted finding in " + function;
  party p;
  p.role = "blocked";
  p.goroutine = 7;
  frame at;
  at.function = function;
  at.file = "/fake/" + function + ".cpp";
  at.line = 3;
  p.stack = {at};
  f.parties = {p};
  return f;
}

void race() { result_file::write_finding(make(finding_kind::data_race, "racer")); }
void leak() { result_file::write_finding(make(finding_kind::goroutine_leak, "leaker", "alive")); }

void append_raw(const std::string& text) {
  const int fd = open(process_options().result.c_str(), O_WRONLY | O_APPEND);
  if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::exit(99);
  close(fd);
}

// Says on standard output that it is ready. The signal is blocked before, so that it cannot come too early.
void wait_for_signal(int signal_number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  puts("ready");
  fflush(stdout);
  int came = 0;
  sigwait(&set, &came);
}

[[noreturn]] void die_by(int signal_number) {
  signal(signal_number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  raise(signal_number);
  std::abort();
}

// Each returns the status to exit with.
const std::map<std::string, int (*)()> ways = {
    {"clean", [] { begin(); end(0); return 0; }},
    {"status", [] { begin(); end(7); return 7; }},
    {"race", [] { begin(); race(); end(0); return 0; }},
    {"leak", [] { begin(); leak(); end(0); return 0; }},
    {"twice", [] { begin(); race(); race(); leak(); end(0); return 0; }},
    {"many", [] {
       begin();
       for (int i = 0; i < 100; ++i) race();
       end(0);
       return 0;
     }},
    {"race_status", [] { begin(); race(); end(7); return 7; }},
    {"silent", [] { return 0; }},
    {"no_room", [] { return result_file::open(process_options().result) ? 3 : 99; }},
    {"no_end", [] { begin(); return 0; }},
    {"race_no_end", [] { begin(); race(); die_by(SIGKILL); return 0; }},
    {"killed", [] { begin(); die_by(SIGKILL); return 0; }},
    {"signal", [] { begin(); end(0, SIGSEGV); die_by(SIGSEGV); return 0; }},
    {"cut_line", [] { begin(); append_raw("{\"line\":\"finding\",\"pid\""); return 0; }},
    {"damaged", [] { begin(); append_raw("nonsense\n"); end(0); return 0; }},
    {"future", [] {
       begin();
       append_raw(fmt::format("{{\"line\":\"begin\",\"pid\":{},\"version\":99}}\n", getpid()));
       end(0);
       return 0;
     }},
    {"symbols", [] {
       begin();
       finding f = make(finding_kind::goroutine_leak, "");
       frame at;
       at.module = "/no/such/module.so";
       at.offset = 0x1234;
       f.parties[0].stack = {at};
       result_file::write_finding(f);
       end(0);
       return 0;
     }},
    {"child_leaks", [] {
       begin();
       if (fork() == 0) {
         begin();
         leak();
         end(0);
         _exit(0);
       }
       wait(nullptr);
       end(0);
       return 0;
     }},
    {"child_crashes", [] {
       begin();
       if (fork() == 0) {
         begin();
         _exit(0);
       }
       wait(nullptr);
       end(0);
       return 0;
     }},
    {"interrupted", [] {
       begin();
       race();
       wait_for_signal(SIGINT);
       end(0, SIGINT);
       die_by(SIGINT);
       return 0;
     }},
    {"terminated", [] {
       begin();
       wait_for_signal(SIGTERM);
       end(0, SIGTERM);
       die_by(SIGTERM);
       return 0;
     }},
    {"options", [] { begin(); end(0); puts(std::getenv("GOSAN_OPTIONS")); return 0; }},
    {"report_vanishes", [] {
       begin();
       leak();
       end(0);
       return std::system("rm -r vanishing");
     }},
};

}  // namespace

int main(int argc, char** argv) {
  const auto way = ways.find(argc > 1 ? argv[1] : "");
  if (way == ways.end()) return fmt::print(stderr, "no such way\n"), 98;
  return way->second();
}
