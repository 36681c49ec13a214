// A function that hands out all its work before it takes the first result: goroutines that it started take a piece of work, hand in its
// result, and take the next. When no result is taken, no more work is than what they hold and the channels have room for.
#pragma once

#include "model/contexts.hpp"
#include "model/own_channels.hpp"

namespace gosan::checks {

struct stalled_feeding {
  const clang::Stmt* work_sent = nullptr;    // the send that waits for ever
  const clang::Stmt* result_sent = nullptr;  // where those who should receive wait
  const clang::Stmt* loop = nullptr;         // that hands out the work
  own_channel results;
  std::shared_ptr<const spawn_site> worker;
};

// `work` is a channel of f's own that does not leave it, with `contexts` for f and all that it starts.
std::optional<stalled_feeding> stalled_feeding_of(const own_channel& work, const flow& f, const std::vector<goroutine_context>& contexts,
                                                  unit& u);

}  // namespace gosan::checks
