// The programs that know debug information, behind one interface.
#pragma once

#include <memory>
#include <string>

#include "symbolize/symbolize.hpp"

namespace gosan::symbolize {

class program {
 public:
  virtual ~program() = default;
  // The group of locations at an address inside the module; empty when the program does not know or has died.
  virtual std::vector<location> ask(const std::string& module, std::uint64_t inside) = 0;
};

// The first that is there: what use_program() or GOSAN_SYMBOLIZER names, else llvm-symbolizer of some version, else
// addr2line. Null when there is none.
std::unique_ptr<program> find_program();

}  // namespace gosan::symbolize
