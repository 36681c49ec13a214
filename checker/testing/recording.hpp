// What the recording library offers to a test runner. A program that links the plain library has none of these: all are null
// there, and `recording()` is false.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::live {

[[gnu::weak]] std::uint64_t current_actor() noexcept;
[[gnu::weak]] std::vector<std::uint64_t> judge_waited_for(std::uint64_t goroutine);

namespace actors {
[[gnu::weak]] std::uint64_t scope_of(std::uint64_t actor) noexcept;
}
namespace findings {
[[gnu::weak]] std::vector<finding> all();
[[gnu::weak]] void meant_in_scope(std::uint64_t scope, finding_kind kind);
}  // namespace findings
namespace process {
[[gnu::weak]] void stay_silent() noexcept;
}

}  // namespace gosan::live

namespace gosan::gate {
// As the options fail_on, baseline and suppressions say; throws when one of them is bad.
[[gnu::weak]] bool gates_by_options(std::vector<finding>& findings);
}

namespace gosan::report {
[[gnu::weak]] void add_symbols(std::span<finding> findings);
[[gnu::weak]] std::string render_text(std::span<const finding> findings, bool colours);
}  // namespace gosan::report

namespace gosan::testing {
inline bool recording() { return live::findings::all != nullptr; }
}
