// Types whose reads and writes are known without a look at their methods.
#pragma once

#include "model/clang.hpp"

namespace gosan::checks {

// A class whose copy is one of its bytes: no handle of anything.
bool is_plain(clang::QualType t);
bool is_map(clang::QualType t);
// A string or a container of the standard library.
bool is_library(clang::QualType t);
// std::atomic and its kin: what orders others, and is no race.
bool is_atomic(clang::QualType t);
// A pointer, or an object of the standard library's that is one.
bool is_pointer_like(clang::QualType t);
// What it leads to; null: it is none.
clang::QualType led_to_by(clang::QualType t);
// Something that keeps a callable of any kind: std::function and its like, pointers to functions.
bool keeps_any_callable(clang::QualType t);

}  // namespace gosan::checks
