// Receivers that somebody else can end: a select of the channel and of another, behind whose case the goroutine ends.
#pragma once

#include "model/contexts.hpp"

namespace gosan::checks {

struct told_to_end {
  const goroutine_context* receiver;  // the only one of the channel
  const goroutine_context* teller;    // that waits for nobody but the receiver before it tells, as far as is seen
  place by;
};

std::vector<told_to_end> receivers_told_to_end(const place& channel, const std::vector<goroutine_context>& contexts, unit& u);

}  // namespace gosan::checks
