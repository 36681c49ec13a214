// What an optimisation of the pass could hide: in each pattern goroutine `first` makes many accesses that the pass may check by fewer
// checks, and `second` accesses one of the same bytes. Without RACE the two are ordered.
//
// The order in which the two run is forced by a spin on an atomic that is not instrumented, which orders nothing for the detector.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gosan/gosan.hpp>

#define UNSEEN [[clang::annotate("gosan::no_instrument"), gnu::noinline]]
#define KEPT [[gnu::noinline]]

namespace {

int turn = 0;  // touched in these two only
UNSEEN void next_turn() { __atomic_fetch_add(&turn, 1, __ATOMIC_SEQ_CST); }
UNSEEN void await_turn(int n) {
  while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != n) gosan::yield();
}

struct record {
  int a, b;
  long c, d;
};

long numbers[256];
record records[64];
int small[64];
long total;
bool yes = true;

KEPT long sum(const long* p, int n) {
  long s = 0;
  for (int i = 0; i < n; ++i) s += p[i];
  return s;
}
KEPT void fill(long* p, int n) { for (int i = n - 1; i >= 0; --i) p[i] = i; }
KEPT void add_up(long* into, const int* p, int n) { for (int i = 0; i < n; ++i) *into += p[i]; }
KEPT void fields(record* r, int n) { for (int i = 0; i < n; ++i) r[i].a = r[i].b = i, r[i].c = r[i].d = i; }
KEPT long branches(record* r, bool b) {
  long s = r->c;
  if (b) r->c = s + 1;
  else s += r->c;
  return s + r->c;
}
KEPT long many_reads(record* r) { return r->a + r->b + r->c + r->d + r->a; }
KEPT void read_then_write(record* r) { r->b = r->b * 3 + 1; }
KEPT long until(const int* p, const long* limit, int n) {
  for (int i = 0; i < n; ++i)
    if (p[i] > *limit) return i;
  return n;
}
// The later part is another epoch: what was checked before the call is not known any more.
KEPT long around_a_call(long* p, gosan::mutex& m) {
  long s = p[0];
  m.lock(), m.unlock();
  s += p[0];
  return s;
}
KEPT void turns_with_calls(long* p, int n, gosan::mutex& m) {
  for (int i = 0; i < n; ++i) {
    p[i] = i;
    m.lock(), m.unlock();
  }
}

struct pattern {
  void (*first)();
  void (*second)();
};
volatile long kept, seen;  // of the first, of the second
gosan::mutex unrelated;

const pattern patterns[] = {
    {[] { kept = sum(numbers, 256); }, [] { numbers[255] = 1; }},
    {[] { kept = sum(numbers, 256); }, [] { numbers[0] = 1; }},
    {[] { fill(numbers, 256); }, [] { seen = numbers[0]; }},
    {[] { fill(numbers + 1, 100); }, [] { seen = numbers[100]; }},
    {[] { add_up(&total, small, 64); }, [] { seen = total; }},
    {[] { add_up(&total, small, 64); }, [] { small[63] = 1; }},
    {[] { fields(records, 64); }, [] { seen = records[63].d; }},
    {[] { fields(records, 64); }, [] { seen = records[0].b; }},
    {[] { kept = branches(records, yes); }, [] { seen = records[0].c; }},
    {[] { kept = branches(records, !yes); }, [] { records[0].c = 1; }},
    {[] { kept = many_reads(records); }, [] { records[0].b = 1; }},
    {[] { read_then_write(records); }, [] { seen = records[0].b; }},
    {[] { kept = until(small, &total, 64); }, [] { small[40] = 1; }},
    {[] { kept = until(small, &total, 64); }, [] { total = 1; }},
    {[] { kept = around_a_call(numbers, unrelated); }, [] { numbers[0] = 1; }},
    {[] { turns_with_calls(numbers, 20, unrelated); }, [] { seen = numbers[19]; }},
    {[] { std::memset(numbers, 0, sizeof numbers); }, [] { seen = numbers[200]; }},
};

}  // namespace

void run(const pattern& p) {
  turn = 0;
  gosan::wait_group all;
  gosan::mutex order;
  all.go([&] {
    order.lock();
    p.first();
    order.unlock();
    next_turn();
  });
  all.go([&] {
    await_turn(1);
#ifndef RACE
    order.lock();
    order.unlock();
#endif
    p.second();
  });
  all.wait();
}

// Prints how many patterns it has run: all, or the one that is asked for.
int main(int count, char** words) {
  total = 1000;
  unsigned n = 0;
  for (const pattern& p : patterns)
    if (count == 1 || n++ == static_cast<unsigned>(std::atoi(words[1]))) run(p);
  std::printf("%zu\n", count == 1 ? sizeof patterns / sizeof *patterns : 1);
}
