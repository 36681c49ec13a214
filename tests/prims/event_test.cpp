// What the primitives tell the sink, operation by operation: the rows of
// runtime/events/event_kinds.def that are emitted by chan, select, sync, context and time. The sink
// here writes down what it gets; that is all detectors ever see.
#include <mutex>
#include <shared_mutex>

#include "events/sink.hpp"
#include "../sink_forms.hpp"
#include "sched/sched.hpp"
#include "fixture.hpp"

namespace gosan::events::sink {
constinit std::atomic<std::uint64_t> wanted{~std::uint64_t{0}};
namespace {

std::mutex log_mu;
std::vector<event> log;
std::atomic<std::uint64_t> serial{0};

}  // namespace

void emit(const event& e) noexcept {
  std::lock_guard hold(log_mu);
  log.push_back(e);
}
object_id new_object(const void*) noexcept { return ++serial; }
stack_id capture_stack(unsigned) noexcept { return 7; }
stack_id intern_stack(std::span<const std::uintptr_t>) noexcept { return 7; }
text_id intern(std::string_view) noexcept { return 1; }
void memory_fresh(const void*, std::size_t) noexcept {}
void ignore_begin() noexcept {}
void ignore_end() noexcept {}
void benign_race(const void*, std::size_t, const char*) noexcept {}
object_id object_at(const void*) noexcept { return 0; }
object_id scope_of(actor_id) noexcept { return 0; }
void at_start() noexcept {}
int at_exit(int status) noexcept { return status; }
void fatal(std::string_view) noexcept {}

}  // namespace gosan::events::sink

namespace gosan::test {
namespace {

using namespace std::chrono_literals;
using events::event;
using events::kind;

// The scheduler's own events, the edges of run() among them.
bool about_running(kind k) {
  switch (k) {
    case kind::run:
    case kind::stop:
    case kind::park:
    case kind::ready:
    case kind::go_create:
    case kind::go_start:
    case kind::go_end:
    case kind::thread_attach:
    case kind::sleep:
    case kind::user_before:
    case kind::user_after:
      return true;
    default:
      return false;
  }
}

// One line per event: "kind a b by=<who> [try|sends]", with goroutines named in the order they were
// announced by who().
class Events : public ::testing::Test {
 protected:
  template <class F>
  std::vector<std::string> of(F body) {
    run([&] {
      who("main");
      body();
      await_alone();
    });
    std::vector<std::string> lines;
    std::lock_guard hold(events::sink::log_mu);
    for (const event& e : events::sink::log)
      if (!about_running(e.what)) lines.push_back(line(e));
    return lines;
  }
  void SetUp() override {
    gomaxprocs(1);
    std::lock_guard hold(events::sink::log_mu);
    events::sink::log.clear();
  }
  void who(const char* name) {
    std::lock_guard hold(events::sink::log_mu);
    names_[this_goroutine::id()] = name;
  }
  // Forgets what was told so far.
  static void from_here() {
    std::lock_guard hold(events::sink::log_mu);
    events::sink::log.clear();
  }

 private:
  std::string line(const event& e) {
    std::string s(events::name(e.what));
    s += " " + std::to_string(e.a) + " " +
         (e.what == kind::chan_sync ? names_[e.b] : std::to_string(e.b));
    s += " by=" + names_[e.g];
    if (e.what == kind::lock_acquire && e.flags & events::flag_try) s += " try";
    if (e.what == kind::chan_sync && e.flags & events::flag_g_sends) s += " sends";
    return s;
  }
  std::map<std::uint64_t, std::string> names_;
};

using ::testing::ElementsAre;

TEST_F(Events, BufferedSendAndReceiveCarryTheMessageNumber) {
  EXPECT_THAT(
      of([] {
        auto c = make_chan<int>(2);
        c.send(1);
        c.send(1);
        c.recv();
        c.send(1);
        c.try_send(1);
        int v;
        c.try_recv(v);
      }),
      ElementsAre("chan_make 2 4 by=main", "chan_send_begin 0 0 by=main", "chan_send 0 0 by=main",
                  "chan_send_begin 0 0 by=main", "chan_send 1 0 by=main", "chan_recv 0 0 by=main",
                  "chan_send_begin 0 0 by=main", "chan_send 2 0 by=main", "chan_recv 1 0 by=main",
                  "chan_drop 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, ParkedSenderIsSpokenForByItsReceiver) {
  EXPECT_THAT(of([this] {
                auto c = make_chan<int>(1);
                c.send(1);
                go([this, c] {
                  who("sender");
                  c.send(2);
                });
                await_parked(wait::chan_send);
                from_here();
                c.recv();
                c = {};
              }),
              ElementsAre("chan_recv 0 0 by=main", "chan_send 1 0 by=sender",
                          "chan_drop 0 0 by=sender", "obj_destroy 0 0 by=sender"));
}

TEST_F(Events, ParkedReceiverOfABufferedChannelIsSpokenForByItsSender) {
  EXPECT_THAT(of([this] {
                auto c = make_chan<int>(1);
                go([this, c] {
                  who("receiver");
                  c.recv();
                });
                await_parked(wait::chan_recv);
                from_here();
                c.send(1);
                await_alone();
                c.close();
              }),
              ElementsAre("chan_send_begin 0 0 by=main", "chan_send 0 0 by=main",
                          "chan_recv 0 0 by=receiver", "chan_close 0 0 by=main",
                          "chan_drop 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, UnbufferedMeetingNamesBothAndSaysWhoSends) {
  EXPECT_THAT(of([this] {
                auto c = make_chan<int>();
                go([this, c] {
                  who("partner");
                  c.recv();
                  c.send(1);
                });
                await_parked(wait::chan_recv);
                from_here();
                c.send(1);
                await_parked(wait::chan_send);
                c.recv();
                await_alone();
              }),
              ElementsAre("chan_send_begin 0 0 by=main", "chan_sync 0 partner by=main sends",
                          "chan_send_begin 0 0 by=partner", "chan_sync 1 partner by=main",
                          "chan_drop 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, CloseSpeaksForThoseItWakes) {
  EXPECT_THAT(of([this] {
                auto c = make_chan<int>();
                go([this, c] {
                  who("receiver");
                  c.recv();
                });
                await_parked(wait::chan_recv);
                from_here();
                c.close();
                c.recv();
                panic_of([&] { c.send(1); });
                panic_of([&] { c.close(); });
                await_alone();
              }),
              ElementsAre("chan_close 0 0 by=main", "chan_recv_closed 0 0 by=receiver",
                          "chan_recv_closed 0 0 by=main", "chan_send_closed 0 0 by=main",
                          "chan_close_closed 0 0 by=main",
                          "chan_drop 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, FailedAttemptsAndQueriesTellNothing) {
  EXPECT_THAT(of([] {
                auto c = make_chan<int>(0);
                from_here();
                int v;
                c.try_send(1);
                c.try_recv(v);
                (void)c.len();
                (void)c.cap();
                select(recv_case(c), send_case(c, 1), default_case());
              }),
              ElementsAre("chan_drop 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, ParkedSelectListsItsCasesAndIsSpokenFor) {
  EXPECT_THAT(
      of([this] {
        auto in = make_chan<int>(), out = make_chan<int>();
        go([this, in, out] {
          who("selecting");
          select(recv_case(in), send_case(out, 1));
        });
        await_parked(wait::select);
        out.recv();
        await_alone();
      }),
      ElementsAre("chan_make 0 4 by=main", "chan_make 0 4 by=main", "park_case 0 0 by=selecting",
                  "park_case 1 1 by=selecting", "chan_send_begin 0 0 by=selecting",
                  "chan_sync 0 selecting by=main", "select_done 1 1 by=selecting",
                  "chan_drop 0 0 by=main", "obj_destroy 0 0 by=main", "chan_drop 0 0 by=main",
                  "obj_destroy 0 0 by=main"));
}

TEST_F(Events, LocksTellModeAndTry) {
  EXPECT_THAT(
      of([] {
        mutex m;
        shared_mutex rw;
        m.lock();
        m.unlock();
        (void)m.try_lock();
        (void)m.try_lock();
        m.unlock();
        rw.lock_shared();
        rw.unlock_shared();
        rw.lock();
        rw.unlock();
        panic_of([&] { m.unlock(); });
      }),
      ElementsAre("lock_acquire 0 0 by=main", "lock_release 0 0 by=main",
                  "lock_acquire 0 0 by=main try", "lock_release 0 0 by=main",
                  "lock_acquire 1 0 by=main", "lock_release 1 0 by=main",
                  "lock_acquire 0 0 by=main", "lock_release 0 0 by=main", "lock_misuse 0 0 by=main",
                  "obj_destroy 0 0 by=main", "obj_destroy 0 0 by=main"));
}

TEST_F(Events, WaitGroupOnceSemaphoreBarrier) {
  EXPECT_THAT(
      of([] {
        wait_group wg;
        wg.add(2);
        wg.add(-2);
        wg.wait();
        panic_of([&] { wg.done(); });
        once o;
        o.call([] {});
        o.call([] {});
        semaphore s(2);
        s.acquire(2);
        s.release(2);
        barrier b(1);
        b.arrive_and_wait();
      }),
      ElementsAre("wg_add 2 2 by=main", "wg_done 0 0 by=main", "wg_wait_begin 0 0 by=main",
                  "wg_wait 0 0 by=main", "wg_misuse 1 0 by=main", "once_done 0 0 by=main",
                  "once_seen 0 0 by=main", "sem_acquire 2 0 by=main", "sem_release 2 0 by=main",
                  "barrier_arrive 0 0 by=main", "barrier_leave 0 0 by=main",
                  "obj_destroy 0 0 by=main", "obj_destroy 0 0 by=main", "obj_destroy 0 0 by=main",
                  "obj_destroy 0 0 by=main"));
}

TEST_F(Events, TimerFillsItsChannelByNoGoroutine) {
  auto lines = of([] { after(1us).recv(); });
  ASSERT_GE(lines.size(), 4u);
  EXPECT_THAT(lines[0], ::testing::StartsWith("chan_make 1 8 by=main"));
  EXPECT_THAT(lines[1], ::testing::StartsWith("timer_arm"));
  EXPECT_THAT(lines[2], ::testing::StartsWith("chan_send_timer 0 "));
  EXPECT_THAT(lines[3], ::testing::StartsWith("chan_recv 0 0 by=main"));
}

TEST_F(Events, FunctionOfATimerStartsFromTheTimer) {
  auto lines = of([this] {
    auto c = make_chan<void>();
    after_func(1us, [this, c] {
      who("function");
      c.close();
    });
    from_here();
    c.recv();
  });
  EXPECT_THAT(lines, ::testing::Contains("timer_fire 0 0 by=function"));
}

TEST_F(Events, ContextTellsOfItselfAndItsEnd) {
  auto lines = of([] {
    auto [ctx, cancel] = with_cancel(context::background());
    cancel();
    ctx.done().recv();
  });
  ASSERT_GE(lines.size(), 5u);
  EXPECT_THAT(lines[0], ::testing::StartsWith("chan_make 0 0"));
  EXPECT_THAT(lines[1], ::testing::StartsWith("ctx_make 0 "));
  EXPECT_EQ(lines[2], "ctx_cancel 0 0 by=main");
  EXPECT_EQ(lines[3], "chan_close 0 0 by=main");
  EXPECT_EQ(lines[4], "chan_recv_closed 0 0 by=main");
}

}  // namespace
}  // namespace gosan::test
