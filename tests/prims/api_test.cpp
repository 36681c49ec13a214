// Every name of the public interface exists with the shape that users write against. What each does is tested by topic; here a
// renamed function, another result, or a lost overload fails to compile.
#include <concepts>
#include <shared_mutex>
#include <span>

#include "fixture.hpp"

namespace gosan::test {
namespace {

using namespace std::chrono_literals;

template <class T>
constexpr bool no_copies = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                           !std::is_move_constructible_v<T> && !std::is_move_assignable_v<T>;

// ---- Channels

struct move_only {
  move_only() = default;
  move_only(move_only&&) = default;
  move_only& operator=(move_only&&) = default;
};

template <class C, class T>
concept sends = requires(const C& c, T v) {
  { c.send(std::move(v)) } -> std::same_as<void>;
  { c.try_send(std::move(v)) } -> std::same_as<bool>;
  { c.close() } -> std::same_as<void>;
};
template <class C, class T>
concept receives = requires(const C& c, T& out, std::optional<T>& maybe) {
  { c.recv() } -> std::same_as<std::optional<T>>;
  { c.try_recv(out) } -> std::same_as<recv_status>;
  { c.try_recv(maybe) } -> std::same_as<recv_status>;
  { *c.begin() } -> std::convertible_to<T>;
  { c.begin() == c.end() } -> std::same_as<bool>;
};
template <class C>
concept handle = std::regular<C> && requires(const C& c) {
  { c.len() } -> std::same_as<std::size_t>;
  { c.cap() } -> std::same_as<std::size_t>;
  { static_cast<bool>(c) };
};

template <class T>
constexpr bool channel_of =
    handle<chan<T>> && handle<send_chan<T>> && handle<recv_chan<T>> && sends<chan<T>, T> && receives<chan<T>, T> &&
    sends<send_chan<T>, T> && !receives<send_chan<T>, T> && receives<recv_chan<T>, T> && !sends<recv_chan<T>, T> &&
    std::convertible_to<chan<T>, send_chan<T>> && std::convertible_to<chan<T>, recv_chan<T>> &&
    !std::convertible_to<send_chan<T>, chan<T>> && !std::convertible_to<recv_chan<T>, chan<T>> &&
    !std::convertible_to<send_chan<T>, recv_chan<T>> && std::same_as<decltype(make_chan<T>()), chan<T>> &&
    std::same_as<decltype(make_chan<T>(std::size_t{8})), chan<T>>;
static_assert(channel_of<int>);
static_assert(channel_of<std::string>);
static_assert(channel_of<move_only>);
static_assert(channel_of<std::unique_ptr<int>>);
static_assert(channel_of<chan<int>>);

static_assert(std::same_as<decltype(chan<void>{}.recv()), bool>);
static_assert(std::same_as<decltype(chan<void>{}.send()), void>);
static_assert(std::same_as<decltype(chan<void>{}.try_send()), bool>);
static_assert(std::same_as<decltype(chan<void>{}.try_recv()), recv_status>);
static_assert(std::convertible_to<chan<void>, recv_chan<void>> && std::convertible_to<chan<void>, send_chan<void>>);

constexpr bool status_names = recv_status::value != recv_status::empty && recv_status::empty != recv_status::closed;
static_assert(status_names);

// ---- Locks and other waiting

template <class M>
concept lockable = requires(M& m) {
  { m.lock() } -> std::same_as<void>;
  { m.try_lock() } -> std::same_as<bool>;
  { m.unlock() } -> std::same_as<void>;
};
template <class M>
concept shared_lockable = lockable<M> && requires(M& m) {
  { m.lock_shared() } -> std::same_as<void>;
  { m.try_lock_shared() } -> std::same_as<bool>;
  { m.unlock_shared() } -> std::same_as<void>;
};
static_assert(lockable<mutex> && shared_lockable<shared_mutex>);
static_assert(no_copies<mutex> && no_copies<shared_mutex> && no_copies<condition_variable> && no_copies<wait_group> &&
              no_copies<once> && no_copies<semaphore> && no_copies<barrier> && no_copies<errgroup>);

template <class L>
concept waited_with = requires(condition_variable& cv, L& l, bool (*p)()) {
  { cv.wait(l) } -> std::same_as<void>;
  { cv.wait(l, p) } -> std::same_as<void>;
  { cv.wait_for(l, 1ms) } -> std::same_as<std::cv_status>;
  { cv.wait_for(l, 1ms, p) } -> std::same_as<bool>;
  { cv.wait_until(l, time_point{}) } -> std::same_as<std::cv_status>;
  { cv.wait_until(l, time_point{}, p) } -> std::same_as<bool>;
  { cv.wait_until(l, std::chrono::system_clock::time_point{}, p) } -> std::same_as<bool>;
};
static_assert(waited_with<mutex> && waited_with<shared_mutex>);
static_assert(waited_with<std::unique_lock<mutex>> && waited_with<std::unique_lock<shared_mutex>> &&
              waited_with<std::shared_lock<shared_mutex>>);

[[maybe_unused]] void count_down(int) {}
static_assert(requires(wait_group& wg) {
  wg.add();
  wg.add(3);
  wg.done();
  wg.wait();
  wg.go([] {});
  wg.go(count_down, 1);
  wg.go([](std::unique_ptr<int>) {}, std::unique_ptr<int>{});
});
static_assert(requires(once& o) { o.call([] {}); });
static_assert(requires(semaphore& s, const context& ctx) {
  { s.acquire() } -> std::same_as<void>;
  { s.acquire(2) } -> std::same_as<void>;
  { s.acquire(ctx, 2) } -> std::same_as<std::error_code>;
  { s.try_acquire(2) } -> std::same_as<bool>;
  { s.release(2) } -> std::same_as<void>;
});
static_assert(requires(barrier& b) { b.arrive_and_wait(); });
static_assert(requires(pool<std::string>& p) {
  { p.get() } -> std::same_as<std::string>;
  p.put(std::string{});
});
static_assert(requires(errgroup& g) {
  g.go([] {});
  g.set_limit(4);
  { g.try_go([] {}) } -> std::same_as<bool>;
  { g.wait() } -> std::same_as<void>;
});

// ---- Contexts and time

struct trace_id {
  using type = std::string;
};
static_assert(requires(const context& c) {
  { context::background() } -> std::same_as<context>;
  { c.done() } -> std::same_as<recv_chan<void>>;
  { c.err() } -> std::same_as<std::error_code>;
  { c.cause() } -> std::same_as<std::exception_ptr>;
  { c.deadline() } -> std::same_as<std::optional<time_point>>;
  { c.value<trace_id>() } -> std::same_as<const std::string*>;
  { without_cancel(c) } -> std::same_as<context>;
  { with_value<trace_id>(c, "x") } -> std::same_as<context>;
  { after_func(c, [] {})() } -> std::same_as<bool>;
});
static_assert(std::is_error_code_enum_v<errc> && errc::canceled != errc::deadline_exceeded);

static_assert(requires(timer& t, ticker& k) {
  { after(1ms) } -> std::same_as<recv_chan<time_point>>;
  { t.chan() } -> std::same_as<recv_chan<time_point>>;
  { t.stop() } -> std::same_as<bool>;
  { t.reset(1ms) } -> std::same_as<bool>;
  { k.chan() } -> std::same_as<recv_chan<time_point>>;
  k.stop();
  k.reset(1ms);
  { after_func(1ms, [] {}) } -> std::same_as<timer>;
  sleep_for(1ms);
  sleep_until(time_point{});
  sleep_until(std::chrono::system_clock::time_point{});
});
static_assert(std::constructible_from<timer, std::chrono::milliseconds> &&
              std::constructible_from<ticker, std::chrono::milliseconds>);

// ---- Goroutines, panics, verification

static_assert(requires(int fd, time_point t) {
  go([] {});
  go(count_down, 1);
  go(go_options{.name = "n", .stack_size = 1 << 16}, count_down, 1);
  go_daemon("d", count_down, 1);
  { run([] {}) } -> std::same_as<int>;
  { run([] { return 3; }) } -> std::same_as<int>;
  yield();
  goexit();
  { num_goroutine() } -> std::convertible_to<std::size_t>;
  { gomaxprocs() } -> std::same_as<int>;
  { gomaxprocs(2) } -> std::same_as<int>;
  { this_goroutine::id() } -> std::convertible_to<std::uint64_t>;
  { this_goroutine::name() } -> std::convertible_to<std::string>;
  this_goroutine::set_name("n");
  { blocking([] { return 1.5; }) } -> std::same_as<double>;
  { wait_readable(fd) } -> std::same_as<bool>;
  { wait_readable(fd, t) } -> std::same_as<bool>;
  { wait_writable(fd) } -> std::same_as<bool>;
  { wait_writable(fd, t) } -> std::same_as<bool>;
  defer{[] {}};
});
static_assert(std::derived_from<panic_error, std::system_error>);

static_assert(requires(const leak_options& o, int* p) {
  { leaks(o) } -> std::same_as<std::vector<finding>>;
  { leaks() } -> std::same_as<std::vector<finding>>;
  { verify_no_leaks(o) } -> std::same_as<bool>;
  annotate::happens_before(p);
  annotate::happens_after(p);
  annotate::benign_race(p, sizeof *p, "why");
  annotate::ignore_scope{};
});

// ---- What only runs when it is called

GOSAN_ON_PROCESSORS(Api);

TEST_P(Api, StructuredBindingsOfTheCancellable) {
  in_main([] {
    auto [a, cancel_a] = with_cancel(context::background());
    auto [b, cancel_b] = with_timeout(a, 1h);
    auto [c, cancel_c] = with_deadline(b, std::chrono::steady_clock::now() + 2h);
    auto [d, cancel_d] = with_cancel_cause(c);
    defer last{[cancel_b = cancel_b, cancel_c = cancel_c] { cancel_b(), cancel_c(); }};
    cancel_d(std::runtime_error("no more"));
    EXPECT_EQ(d.err(), errc::canceled);
    EXPECT_THROW(std::rethrow_exception(d.cause()), std::runtime_error);
    cancel_a();
    EXPECT_EQ(c.err(), errc::canceled);
  });
}

TEST_P(Api, ErrgroupWithContextAsAPair) {
  in_main([] {
    auto [group, ctx] = errgroup::with_context(context::background());
    group.set_limit(2);
    group.go([ctx = ctx] { ctx.done().recv(); });
    group.go([] { throw std::runtime_error("first"); });
    EXPECT_THROW(group.wait(), std::runtime_error);
    EXPECT_EQ(ctx.err(), errc::canceled);
  });
}

TEST_P(Api, EveryFormOfACase) {
  in_main([] {
    auto c = make_chan<int>(4);
    auto s = make_chan<void>(1);
    std::optional<int> filled;
    int called = 0;
    EXPECT_EQ(select(recv_case(c), send_case(s), default_case([&] { ++called; })), 1);
    EXPECT_EQ(select(recv_case(c, filled), recv_case(s, [&](bool) { ++called; })), 1);
    EXPECT_EQ(select(recv_case(c, [&](std::optional<int>) {}), send_case(c, 7, [&] { ++called; })), 1);
    EXPECT_EQ(select(recv_case(c, filled), default_case()), 0);
    std::vector<select_case> cases;
    cases.emplace_back(recv_case(recv_chan<int>(c), filled));
    cases.emplace_back(send_case(send_chan<int>(c), 8));
    EXPECT_EQ(select(std::span(cases)), 1);
    EXPECT_EQ(filled, 7);
    EXPECT_EQ(called, 2);
  });
}

TEST_P(Api, PanicsAreSystemErrors) {
  in_main([] {
    auto c = make_chan<int>();
    c.close();
    try {
      c.send(1);
      ADD_FAILURE();
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), panic_code::send_on_closed);
    }
    EXPECT_EQ(panic_of([&] { c.close(); }), panic_code::close_of_closed);  // NOLINT(gosan-double-close)
    EXPECT_EQ(panic_of([] { chan<int>{}.close(); }), panic_code::close_of_nil);
    EXPECT_EQ(panic_of([] { wait_group{}.done(); }), panic_code::negative_wait_group);
    EXPECT_EQ(panic_of([] { mutex{}.unlock(); }), panic_code::unlock_of_unlocked);
  });
}

}  // namespace
}  // namespace gosan::test
