#include "model/closed.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-double-close",
    .title = "a channel is closed twice on one path",
    .why = "The second close panics, and ends the program.",
    .wrong = R"(if (failed()) results.close();
results.close();)",
    .right = R"(results.close();)",
    .since = "0.1.0",
    .limits = "Channels that are members are judged unless something assigns them. Where a flag, or one condition, may decide about "
              "both, nothing is said.",
};

void run(unit& u, findings& out) {
  each_use_when_closed(u, [&](const step& st, const place& p, const Stmt* first) {
    if (st.what != role::close) return;
    diagnosis d;
    d.at = st.origin->getBeginLoc();
    d.text = "'" + text_of(p) + "' is closed a second time";
    d.notes.push_back({first->getBeginLoc(), first == st.origin ? "closed here in an earlier turn of the loop" : "closed first here"});
    out.add(std::move(d));
  });
}

}  // namespace

extern const check double_close;
const check double_close{info, run};

}  // namespace gosan::checks
