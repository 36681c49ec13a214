// A handler that interrupts malloc and free all the time. Wrong: it writes what another thread has written, at places of which each is told
// for itself; what is told takes memory too.
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <utility>

constexpr int places = 300;
static std::atomic<int> next{0};

#ifdef WRONG
using cell = long;
#else
using cell = std::atomic<long>;
#endif
cell cells[places];

template <int N>
[[gnu::noinline]] void hit() {
  cells[N] = N;  // race
}

template <int... N>
void hit_one(int which, std::integer_sequence<int, N...>) {
  static constexpr void (*each[])() = {hit<N>...};
  each[which]();
}

static void on_alarm(int) {
  const int which = next.fetch_add(1, std::memory_order_relaxed);
  if (which < places) hit_one(which, std::make_integer_sequence<int, places>{});
}

int main() {
  std::thread other([] {
    for (cell& c : cells) c = 7;
  });
  struct sigaction action {};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  itimerval often{{0, 50}, {0, 50}};
  setitimer(ITIMER_REAL, &often, nullptr);
  void* kept[256] = {};
  unsigned random = 1;
  for (int i = 0; i < 300000 || next.load(std::memory_order_relaxed) < places; ++i) {
    random = random * 1664525u + 1013904223u;
    void*& p = kept[random >> 24];
    std::free(p);
    p = std::malloc(16 + (random >> 8) % 100);
  }
  other.join();
  for (void* p : kept) std::free(p);
}
