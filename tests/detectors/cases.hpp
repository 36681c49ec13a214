// Programs with one mistake each, and their right twins, run by name: process_test.cpp starts them and reads the findings.
#pragma once

namespace gosan::cases {

struct entry {
  const char* name;
  void (*body)();  // the main goroutine
};

// Registers a case while the program starts.
struct registration {
  registration(const char* name, void (*body)());
};

#define GOSAN_CASE(name)                                                       \
  static void name();                                                          \
  static const ::gosan::cases::registration name##_registration(#name, &name); \
  static void name()

}  // namespace gosan::cases
