#include "model/closed.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-send-after-close",
    .title = "a send on a channel that the same path has closed",
    .why = "A send on a closed channel panics, and ends the program.",
    .wrong = R"(results.close();
results.send(last);)",
    .right = R"(results.send(last);
results.close();)",
    .since = "0.1.0",
    .limits = "Channels that are members are judged unless something assigns them. Where a flag, or one condition, may decide about "
              "both, nothing is said.",
};

void run(unit& u, findings& out) {
  each_use_when_closed(u, [&](const step& st, const place& p, const Stmt* first) {
    if (st.what != role::send && st.what != role::try_send) return;
    diagnosis d;
    d.at = st.origin->getBeginLoc();
    d.text = "send on '" + text_of(p) + "', which this path has closed";
    d.notes.push_back({first->getBeginLoc(), "closed here"});
    out.add(std::move(d));
  });
}

}  // namespace

extern const check send_after_close;
const check send_after_close{info, run};

}  // namespace gosan::checks
