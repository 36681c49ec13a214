// What a test framework brings.
#pragma once

#include <stdexcept>

#define CHECK_OF_A_FRAMEWORK(x) \
  do {                          \
    if (!(x)) throw std::runtime_error(#x); \
  } while (false)
