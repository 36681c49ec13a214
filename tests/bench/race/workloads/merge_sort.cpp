// Top-down merge sort of 2^19 numbers.
#include <cstdio>
#include <vector>

void sort(int* a, int* b, int n) {
  if (n < 2) return;
  int h = n / 2;
  sort(a, b, h);
  sort(a + h, b + h, n - h);
  int i = 0, j = h, k = 0;
  while (i < h && j < n) b[k++] = a[i] <= a[j] ? a[i++] : a[j++];
  while (i < h) b[k++] = a[i++];
  while (j < n) b[k++] = a[j++];
  for (i = 0; i < n; ++i) a[i] = b[i];
}

int main() {
  const int n = 1 << 19;
  std::vector<int> a(n), b(n);
  unsigned seed = 1;
  for (int& x : a) x = int(seed = seed * 1664525u + 1013904223u);
  for (int round = 0; round < 3; ++round) {
    sort(a.data(), b.data(), n);
    for (int i = 0; i < n; i += 3) a[i] ^= 0x55555 * (round + 1);
  }
  sort(a.data(), b.data(), n);
  std::printf("%d %d\n", a[0], a[n / 2]);
}
