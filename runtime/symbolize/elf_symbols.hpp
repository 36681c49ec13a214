// Function names from an ELF file's symbol table: what is left when there is no symbolizer program or no debug information.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace gosan::symbolize {

class elf_symbols {
 public:
  elf_symbols();
  ~elf_symbols();
  // The demangled name of the function that holds `offset` (less the load bias); empty when unknown.
  std::string function_at(const std::string& module, std::uint64_t offset);

 private:
  struct file;
  std::map<std::string, std::unique_ptr<file>> files_;
};

std::string demangle(const char* name);

}  // namespace gosan::symbolize
