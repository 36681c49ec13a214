#include "options.hpp"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/Twine.h>
#include <llvm/Support/ErrorHandling.h>

#include <cstdlib>

using namespace llvm;

namespace gosan::instrument {
namespace {

void switch_off(optimisations& on, StringRef word) {
  bool known = word == "all";
#define GOSAN_OPTIMISATION(name, text, meaning) \
  if (word == text || word == "all") {          \
    on.name = false;                            \
    known = true;                               \
  }
#include "optimisations.def"
#undef GOSAN_OPTIMISATION
  if (!known) report_fatal_error(Twine("GOSAN_PASS_OFF: unknown optimisation '") + word + "'", false);
}

optimisations from_environment() {
  optimisations on;
  const char* off = std::getenv("GOSAN_PASS_OFF");
  SmallVector<StringRef, 8> words;
  StringRef(off ? off : "").split(words, ',', -1, false);
  for (StringRef word : words) switch_off(on, word.trim());
  return on;
}

}  // namespace

const optimisations& enabled_optimisations() {
  static const optimisations on = from_environment();
  return on;
}

}  // namespace gosan::instrument
