// Sleeps. To stop the world interrupts threads by a signal; after it the kernel goes on with most calls, but not with a sleep. It goes on here,
// so that a program under the detectors sleeps as long as without them. A handler of the program's ends the sleep as ever.
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "intercept/next.hpp"
#include "sched/sched.hpp"

GOSAN_NEXT(nanosleep, __nanosleep)
GOSAN_NEXT(clock_nanosleep, __clock_nanosleep)

namespace {

constexpr long nanoseconds = 1'000'000'000;

// Calls sleep() again for as long as it was interrupted by a stop of the world. Should the program's handler have run in the same sleep, the
// sleep goes on all the same: the two cannot be told apart.
template <typename Sleep>
int through_stops(Sleep sleep) noexcept(false) {  // a sleep may be cancelled
  for (;;) {
    const std::uint32_t before = gosan::rt::stops_of_this_thread();
    const int error = sleep();
    if (error != EINTR || gosan::rt::stops_of_this_thread() == before) return error;
  }
}

// `left` becomes what is left of `t`. Returns the error.
int sleep_on(const timespec& t, timespec& left) {
  left = t;
  return through_stops([&left] {
    const timespec now = left;
    return next_nanosleep(&now, &left) == 0 ? 0 : errno;
  });
}

}  // namespace

extern "C" {

int nanosleep(const timespec* t, timespec* left) {
  if (!t) return next_nanosleep(t, left);  // let the kernel say so
  timespec rest;
  const int error = sleep_on(*t, rest);
  if (error == 0) return 0;
  if (left && error == EINTR) *left = rest;
  errno = error;
  return -1;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* t, timespec* left) {
  if (!t || flags & TIMER_ABSTIME) return through_stops([&] { return next_clock_nanosleep(clock, flags, t, left); });
  timespec rest = *t;
  const int error = through_stops([&] {
    const timespec now = rest;
    return next_clock_nanosleep(clock, flags, &now, &rest);
  });
  if (left && error == EINTR) *left = rest;
  return error;
}

unsigned sleep(unsigned seconds) {
  const int before = errno;
  timespec left;
  if (sleep_on({static_cast<time_t>(seconds), 0}, left) != 0) return static_cast<unsigned>(left.tv_sec + (left.tv_nsec >= nanoseconds / 2));
  errno = before;
  return 0;
}

int usleep(useconds_t us) {
  const timespec t{static_cast<time_t>(us / 1'000'000), static_cast<long>(us % 1'000'000) * 1000};
  return nanosleep(&t, nullptr);
}

}  // extern "C"
