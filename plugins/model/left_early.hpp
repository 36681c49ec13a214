// A receiver that leaves the loop over a channel while its sender has more: by a break, a return or a throw in the middle.
//
// Of senders only those count that cannot be meant to stop earlier: in a loop that nothing leaves, each turn sends, and then the channel
// is closed. Of ways out of the receiver's loop, not those that a count decides.
#pragma once

#include "model/contexts.hpp"

namespace gosan::checks {

// A goroutine that sends on a channel once in each turn of a loop.
struct steady_sender {
  const clang::Stmt* send = nullptr;
  std::shared_ptr<const spawn_site> site;
  std::optional<std::int64_t> times;  // nothing: it is not known how many
};

// The one among the goroutines of a function that delivers to its own channel; nothing when it is not alone, or is no such sender.
std::optional<steady_sender> steady_sender_of(const place& channel, const std::vector<goroutine_context>& contexts, unit& u);

// Whether an operation within a loop of the body, or of what it calls, is the last one there: a return or a break follows it.
bool leaves_its_loop(const clang::Stmt* operation, const flow& f, unit& u, int depth = 0);

// Where a body leaves its loop over the channel before the channel's end, when that loop is all it does to receive; null: nowhere, or
// only when something has been counted.
const clang::Stmt* early_way_out(const place& channel, const flow& f, unit& u);

// The same of channels that a function returned: with the function's own sender, which nobody receives from any more.
using channel_makers = std::map<const clang::FunctionDecl*, steady_sender>;
struct abandoned_sender {
  const clang::Stmt* way_out;
  const steady_sender* sender;
};
std::vector<abandoned_sender> abandoned_by(const flow& f, const channel_makers& makers, unit& u);

}  // namespace gosan::checks
