// A program of many small ones: `program NAME` runs the case right, `program NAME wrong` with its one race, both places of which
// are marked `// race NAME`; `program` alone lists the names.
//
// What a case does when it is wrong must be unordered whatever the schedule: no lock or channel of the case lies between.
#pragma once

#include <cstdio>
#include <cstring>
#include <vector>

// What the wrong ones mostly write without an order. Global, so that the compiler keeps the writes.
inline int side = 0;

struct known_case {
  const char* name;
  void (*body)(bool wrong);
};

inline std::vector<known_case>& known_cases() {
  static std::vector<known_case> all;
  return all;
}

#define CASE(name)                                                                                  \
  static void case_##name(bool wrong);                                                              \
  [[maybe_unused]] static const int listed_##name = (known_cases().push_back({#name, case_##name}), 0); \
  static void case_##name([[maybe_unused]] bool wrong)

inline int run_case(int argc, char** argv) {
  for (const known_case& c : known_cases()) {
    if (argc < 2) std::puts(c.name);
    else if (!std::strcmp(argv[1], c.name)) return c.body(argc > 2), 0;
  }
  return argc < 2 ? 0 : 2;
}
