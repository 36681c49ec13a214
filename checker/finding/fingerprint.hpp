// The identity of a finding across runs, unrelated edits and renumbered goroutines.
#pragma once

#include <string>
#include <string_view>

#include "gosan/finding.hpp"

namespace gosan {

// Sixteen hexadecimal digits, made of the kind, what each party did in which of the user's functions, and what the objects
// are: no lines, addresses, ids or counts. Parties that could as well stand the other way round are put in order first.
// REQUIRES: symbols were looked up; without function names it falls back to module and offset.
std::string fingerprint_of(const finding& f);

// Folds findings that have the same fingerprint and the same places: the first stays, counts add up. Different lines of one
// function share a fingerprint, and still are findings of their own.
void fold_alike(std::vector<finding>& findings);

// What a finding is called in every report, in --fail-on and in suppressions: the check of a finding at compile time, else
// the id of its kind.
std::string_view rule_of(const finding& f) noexcept;

// A function's name as it counts for identity: without template arguments, parameters, and the numbers the compiler gives
// to lambdas and local types. "main::$_0::operator()(int) const" gives "main::$lambda::operator()".
std::string stable_name(std::string_view function);

// Whether a frame belongs to the runtime, the detectors or what starts a thread.
bool is_runtime(const frame& f);

// The same or the standard library, rather than the user's code.
bool is_internal(const frame& f);

// The first frame of the user's code, the first frame when there is none, null for an empty stack.
const frame* first_user_frame(const call_stack& stack);

}  // namespace gosan
