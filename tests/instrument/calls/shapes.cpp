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
KEPT long sum_of_fields(const record* r, int n) {
  long s = 0;
  for (int i = 0; i < n; ++i) s += r[i].e;
  return s;
}
KEPT void rows(int (*p)[8], int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 8; ++j) p[i][j] += i;
}
KEPT int some(const int* p, const char* wanted, int n) {
  int s = 0;
  for (int i = 0; i < n; ++i)
    if (wanted[i]) s += p[i];
  return s;
}
KEPT int branches(record* r, int n) {
  int s = r->a;
  if (n & 1) s += r->a;
  else r->a = s + 1;
  return s + r->a;
}
KEPT void down_by_two(int* p, int n) { for (int i = n - 1; i > 0; i -= 2) p[i] = p[i - 1] = i; }
KEPT int found(const int* p, const int* limit, int n) {
  for (int i = 0; i < n; ++i)
    if (p[i] > *limit) return i;
  return n;
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

  static record several[20];
  recorder_forget();
  result = static_cast<int>(sum_of_fields(several, 20));
  for (record& r : several) EXPECT_SEEN(&r.e, 8, 'r');
  for (record& r : several) EXPECT_SEEN(&r, 8, '-');
  for (record& r : several) EXPECT_SEEN(&r.h, sizeof r.h, '-');

  static int matrix[12][8];
  recorder_forget();
  rows(matrix + 1, 10);
  EXPECT_SEEN(matrix, sizeof matrix[0], '-');
  EXPECT_SEEN(matrix + 1, 10 * sizeof matrix[0], 'w');
  EXPECT_SEEN(matrix + 11, sizeof matrix[0], '-');

  static char wanted[64];
  wanted[3] = wanted[40] = 1;
  recorder_forget();
  result = some(array, wanted, 64);
  EXPECT_SEEN(wanted, sizeof wanted, 'r');
  for (int i = 0; i < 64; ++i) EXPECT_SEEN(array + i, 4, wanted[i] ? 'r' : '-');

  recorder_forget();
  result = branches(&one, 1);
  EXPECT_SEEN(&one.a, 4, 'r');
  result = branches(&one, 2);
  EXPECT_SEEN(&one.a, 4, 'w');

  recorder_forget();
  down_by_two(array + 1, 62);
  EXPECT_SEEN(array, 4, '-');
  EXPECT_SEEN(array + 1, 62 * 4, 'w');
  EXPECT_SEEN(array + 63, 4, '-');

  for (int i = 0; i < 64; ++i) array[i] = i;
  int limit = 20;
  recorder_forget();
  result = found(array, &limit, 64);
  EXPECT_SEEN(&limit, 4, 'r');
  EXPECT_SEEN(array, 22 * 4, 'r');
  EXPECT_SEEN(array + 22, 42 * 4, '-');
  result = found(array, &limit, 0);
  return failures != 0;
}
