// Product of two 320 x 320 matrices, three loops.
#include <cstdio>
#include <vector>

constexpr int n = 320;
using matrix = std::vector<std::vector<double>>;

matrix filled(double x) {
  matrix m(n, std::vector<double>(n));
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) m[i][j] = x * (i - j) / n;
  return m;
}

int main() {
  matrix a = filled(1), b = filled(2), c = filled(0);
  for (int round = 0; round < 4; ++round)
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) {
        double s = 0;
        for (int k = 0; k < n; ++k) s += a[i][k] * b[k][j];
        c[i][j] += s;
      }
  std::printf("%f\n", c[3][5]);
}
