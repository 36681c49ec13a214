// std::vector, std::map, std::list and std::deque, filled, walked and thinned out.
#include <cstdio>
#include <deque>
#include <list>
#include <map>
#include <vector>

int main() {
  unsigned long check = 0, seed = 1;
  auto next = [&] { return seed = seed * 6364136223846793005u + 1442695040888963407u, unsigned(seed >> 40); };
  for (int round = 0; round < 6; ++round) {
    std::vector<unsigned> v;
    std::map<unsigned, unsigned> m;
    std::list<unsigned> l;
    std::deque<unsigned> d;
    for (int i = 0; i < 40000; ++i) {
      unsigned x = next();
      v.push_back(x);
      m[x % 5000] += x;
      l.push_back(x);
      d.push_front(x);
      if (d.size() > 1000) d.pop_back();
    }
    for (auto& [key, value] : m) check += key ^ value;
    for (unsigned x : l) check += x;
    for (unsigned x : d) check ^= x;
    for (unsigned x : v) check += x & 7;
  }
  std::printf("%lu\n", check);
}
