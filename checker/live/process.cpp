#include "live/process.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>

#include "gate/at_exit.hpp"
#include "live/actors.hpp"
#include "live/detectors.hpp"
#include "live/internal_alloc.hpp"
#include "live/race_seam.hpp"
#include "live/report.hpp"
#include "live/watch.hpp"
#include "options/options.hpp"
#include "report/result_file.hpp"
#include "trace/record/record.hpp"
#include "report/version.hpp"

namespace gosan::live::process {
namespace {

constinit std::atomic<bool> started{false};
constinit std::atomic<std::uint64_t> printed{0};  // findings that were printed as text
constinit std::atomic<bool> gated{false};         // some of them gate
constinit std::atomic<std::uint64_t> footed{~std::uint64_t{0}};  // findings at the last footer

bool has_result() { return !process_options().result.empty(); }

result_file::header header() {
  result_file::header h;
  h.gosan_version = report::gosan_version();
  char path[4096];
  if (const ssize_t n = readlink("/proc/self/exe", path, sizeof path); n > 0) h.program.assign(path, static_cast<std::size_t>(n));
  for (const std::string_view name : detector_names)
    if (detector_on(name)) h.detectors.emplace_back(name);
  h.instrumented = race::instrumented_modules && race::instrumented_modules() > 0;
  return h;
}

std::vector<std::string> not_checked() {
  std::vector<std::string> notes;
  if (detectors_on() & live::race && race::not_checked) race::not_checked(notes);
  return notes;
}

void write_footer(bool finished, int status, int signal) {
  if (!has_result()) return;
  result_file::footer f;
  f.finished = finished;
  f.status = status;
  f.signal = signal;
  f.counts.emplace_back("actors", actors::seen());
  f.counts.emplace_back("modules", race::instrumented_modules ? race::instrumented_modules() : 0);
  f.counts.emplace_back("bytes of the checker in all", internal_bytes());
  if (detectors_on() & live::race && race::at_exit) race::at_exit(f.counts);
  f.repeated = findings::repeated();
  f.notes = not_checked();
  result_file::write_footer(f);
  footed.store(findings::count());
}

// Without a collector the program itself shows and judges what was found, each finding once.
void judge_alone() {
  if (has_result()) return;
  std::vector<finding> all = findings::all();
  const std::uint64_t from = printed.exchange(all.size());
  if (from >= all.size()) return;
  std::fflush(stdout);
  if (gate::report_at_exit({all.begin() + static_cast<std::ptrdiff_t>(from), all.end()}, not_checked())) gated.store(true);
}

int status_with_findings(int status) { return gated.load() ? static_cast<int>(process_options().exitcode) : status; }

// The process ends by exit(), whoever called it.
void on_process_exit(int status, void*) {
  if (!accepting.load()) return;
  trace::finish();
  judge_alone();
  const int wanted = status_with_findings(status);
  if (footed.load() != findings::count() || wanted != status) write_footer(true, wanted, 0);
  if (wanted == status) return;
  std::fflush(nullptr);
  _exit(wanted);  // exit's own status can no longer be changed from here
}

// ---- signals ----

constexpr int fatal_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGTERM, SIGXCPU, SIGSYS};
constinit std::atomic<int> ending_by{0};  // seq_cst: the first signal has it

void die_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
}

bool asks_to_end(int signal) { return signal == SIGINT || signal == SIGTERM || signal == SIGHUP; }

constinit std::atomic<int> ending_thread{0};

// What a race has done to the program often ends it while the race is still being written down.
void await_findings_of_others() {
  const timespec pause_between{0, 1'000'000};
  for (int ms = 0; ms < 1000 && finding_under_way::elsewhere(); ++ms) nanosleep(&pause_between, nullptr);
}

// The last line of the result, then the default action. Writing it allocates, which a crash inside the allocator would make
// hang: the alarm ends that, and the missing line then tells that the result is not complete.
void on_fatal_signal(int signal) {
  const bool asked = asks_to_end(signal);
  if (asked && (ending_by.load() || (accepting.load() && !look_before_the_end(signal)))) return;
  // A request often comes twice, to the group of processes and passed on by the parent: the second must not cut off what is being written.
  if (int nobody = 0; !ending_by.compare_exchange_strong(nobody, signal)) {
    if (asked) return;
    while (ending_thread.load() != gettid()) pause();  // another thread is at it; the alarm ends both
    die_by(signal);
  }
  ending_thread.store(gettid());
  ::signal(SIGALRM, [](int) { die_by(ending_by); });
  alarm(has_result() ? 2 : 30);  // names of functions are looked up by another program
  if (!asked) await_findings_of_others();
  if (accepting.load()) has_result() ? write_footer(false, 128 + signal, signal) : judge_alone();
  trace::emergency_flush();
  accepting.store(false);
  die_by(signal);
}

void handle(std::span<const int> signals) {
  for (int signal : signals) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler != SIG_DFL) continue;  // the program's, or the runtime's, own business
    struct sigaction ours {};
    ours.sa_handler = on_fatal_signal;
    ours.sa_flags = SA_ONSTACK | SA_RESTART;
    sigaction(signal, &ours, nullptr);
  }
}

// Without a collector: a crash, for what was found may be its cause, and a request to end; what was found is printed first.
void handle_signals() {
  static constexpr int handled_alone[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGINT, SIGTERM, SIGHUP};
  has_result() ? handle(fatal_signals) : handle(handled_alone);
}

void open_result() {
  if (!has_result()) return;
  const std::string& path = process_options().result;
  if (!findings::open(path.c_str()) || !result_file::write_header(header())) {
    std::fprintf(stderr, "gosan: cannot write the result file %s: %s\n", path.c_str(), std::strerror(errno));
    _exit(3);
  }
}

void report_stack_overflow() {
  finding f;
  f.kind = finding_kind::stack_overflow;
  const events::actor_id g = current_actor();
  party& p = f.parties.emplace_back(party_of(g));
  p.role = "uses more stack than it has";
  f.message = "stack overflow in goroutine " + std::to_string(g) + (p.name.empty() ? "" : " (" + p.name + ")");
  report(std::move(f));
}

void report_fatal(std::string_view what) {
  if (what == "deadlock") return judge_deadlock();
  what == "stack overflow" ? report_stack_overflow() : judge_panic(what);
}

}  // namespace

void start() noexcept {
  if (started.exchange(true)) return;
  open_result();
  trace::start();
  handle_signals();
  pthread_atfork(nullptr, nullptr, [] { accepting.store(false); });  // the result is the parent's
  on_exit(on_process_exit, nullptr);
  start_watching();
}

void stay_silent() noexcept {
  if (started.exchange(true)) write_footer(true, 0, 0);
  accepting.store(false);
}

int main_ended(int status) noexcept {
  if (!accepting.load()) return status;
  judge_end_of_main();
  trace::finish();
  judge_alone();
  const int wanted = status_with_findings(status);
  write_footer(true, wanted, 0);
  return wanted;
}

void fatal(std::string_view what) noexcept {
  if (!accepting.load()) return;
  report_fatal(what);
  trace::finish();
  judge_alone();
  write_footer(true, 2, 0);
}

}  // namespace gosan::live::process
