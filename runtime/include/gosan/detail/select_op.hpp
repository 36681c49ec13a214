// The seam between the select templates and the library.
#pragma once

#include <cstddef>

namespace gosan::detail {

struct chan_core;

struct select_op {
  chan_core* core = nullptr;  // null: the nil channel, never ready
  void* slot = nullptr;       // a send's value, a receive's landing
  bool sends = false;
  bool received = false;  // out, for a receive: a value, not the closed state
};

// Takes one case and returns its index; -1: none was ready and there is a default.
int select_run(select_op* ops, std::size_t n, bool has_default);

}  // namespace gosan::detail
