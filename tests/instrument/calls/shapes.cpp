// Every byte that a function touches is reported with what was done to it, however much of that the optimiser, and the pass,
// has merged; and no other byte is.
#include "recorder.hpp"

#define KEPT __attribute__((noinline))

struct record {
  int a;
  char b, c;
  short d;
  long e;
  unsigned f : 5, g : 11;
  double h[4];
};

record one, two;
int array[64];
int failures = 0;
volatile int result;  // keeps calls that only read

KEPT void increments(record* r) { r->a++; }
KEPT int reads_then_writes(record* r) {
  int before = r->a;
  if (before == 12345) return 0;
  r->a = 7;
  return before;
}
KEPT void fields(record* r) { r->a = 1, r->b = 2, r->c = 3, r->d = 4, r->e = 5; }
KEPT void every_second(int* p) { for (int i = 0; i < 64; i += 2) p[i] = i; }
KEPT int sum(const int* p, int n) {
  int s = 0;
  for (int i = 0; i < n; ++i) s += p[i];
  return s;
}
KEPT void scale(int* p, int n) { for (int i = 0; i < n; ++i) p[i] *= 3; }
KEPT void backwards(int* p, int n) { for (int i = n - 1; i >= 0; --i) p[i] = i; }
KEPT int until_zero(const int* p) {
  int n = 0;
  while (p[n] != 0) ++n;
  return n;
}
KEPT void bits(record* r) { r->g = 3; }
KEPT void copy(record* to, const record* from) { *to = *from; }
KEPT void accumulate(int* total, const int* p, int n) { for (int i = 0; i < n; ++i) *total += p[i]; }
KEPT void when(record* r, bool yes) {
  if (yes) r->e = 9;
}

int main() {
  recorder_forget();
  increments(&one);
  EXPECT_SEEN(&one.a, 4, 'w');
  EXPECT_SEEN(&one.b, sizeof one - 4, '-');

  recorder_forget();
  result = reads_then_writes(&one);
  EXPECT_SEEN(&one.a, 4, 'w');

  recorder_forget();
  fields(&one);
  EXPECT_SEEN(&one, 16, 'w');
  EXPECT_SEEN(&one.h, sizeof one.h, '-');

  recorder_forget();
  every_second(array);
  for (int i = 0; i < 64; ++i) EXPECT_SEEN(&array[i], 4, i % 2 ? '-' : 'w');

  recorder_forget();
  result = sum(array + 1, 20);
  EXPECT_SEEN(array, 4, '-');
  EXPECT_SEEN(array + 1, 80, 'r');
  EXPECT_SEEN(array + 21, 4, '-');

  recorder_forget();
  result = sum(array, 0);
  result = sum(array, -3);
  EXPECT_SEEN(array, sizeof array, '-');

  recorder_forget();
  scale(array + 3, 33);
  EXPECT_SEEN(array + 3, 33 * 4, 'w');
  EXPECT_SEEN(array + 36, 4, '-');

  recorder_forget();
  backwards(array, 10);
  EXPECT_SEEN(array, 40, 'w');
  EXPECT_SEEN(array + 10, 4, '-');

  array[0] = 1, array[1] = 1, array[2] = 0;
  recorder_forget();
  result = until_zero(array);
  EXPECT_SEEN(array, 12, 'r');
  EXPECT_SEEN(array + 3, 4, '-');

  recorder_forget();
  copy(&two, &one);
  EXPECT_SEEN(&one, sizeof one, 'r');
  EXPECT_SEEN(&two, sizeof two, 'w');

  recorder_forget();
  accumulate(&one.a, array, 8);
  EXPECT_SEEN(&one.a, 4, 'w');
  EXPECT_SEEN(array, 32, 'r');

  recorder_forget();
  when(&one, false);
  EXPECT_SEEN(&one, sizeof one, '-');
  when(&one, true);
  EXPECT_SEEN(&one.e, 8, 'w');
  return failures != 0;
}
