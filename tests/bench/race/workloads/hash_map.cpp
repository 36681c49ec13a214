// Word count: std::unordered_map<std::string, int> over generated words.
#include <cstdio>
#include <string>
#include <unordered_map>

int main() {
  std::unordered_map<std::string, int> count;
  unsigned seed = 7;
  for (int i = 0; i < 1500000; ++i) {
    seed = seed * 1664525u + 1013904223u;
    std::string word = "w";
    for (unsigned n = (seed >> 8) % 20000; n; n /= 26) word += char('a' + n % 26);
    ++count[word];
  }
  long most = 0;
  for (auto& [word, n] : count) most = n > most ? n : most;
  std::printf("%zu %ld\n", count.size(), most);
}
