// The thread that takes what the streams hold to the file.
#pragma once

#include <cstdint>
#include <string>

namespace gosan::trace::writer {

struct settings {
  std::string path;
  std::uint64_t window_ns = 0;      // flight recorder: keep this much in memory and write it when asked; 0: write all
  std::uint64_t memory_bytes = 0;   // of the window at the most
};

// False when the file cannot be made, with errno set.
bool start(const settings& s);

// A buffer was filled; the writer starts when there are enough of them.
void filled() noexcept;
void wake() noexcept;
// Returns when the writer has given something back, or a moment later.
void wait_for_progress() noexcept;

// Asks for a pass over all streams (with a window: for writing it out) and waits for it, `limit_ms` at the most; 0 only
// asks. With a limit nothing is compressed. Allowed in a signal handler.
void flush(unsigned limit_ms) noexcept;
// The same with an end mark, and the writer ends.
void stop() noexcept;

}  // namespace gosan::trace::writer
