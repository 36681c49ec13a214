// A program's view of the recorder that stands in for the race detector.
#pragma once

#include <cstddef>

// What was reported of the bytes since the last forget(): "-", "r", "w" for each; a write hides a read.
extern "C" void recorder_forget() noexcept;
extern "C" bool recorder_saw(const void* p, std::size_t n, char what) noexcept;
// Fails the program, naming the place, unless every byte was reported so.
#define EXPECT_SEEN(p, n, what) \
  if (!recorder_saw(p, n, what)) __builtin_printf("line %d: not all of %s was seen as '%c'\n", __LINE__, #p, what), failures++
