#include "symbolize/elf_symbols.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <span>

namespace gosan::symbolize {

std::string demangle(const char* name) {
  int status = 0;
  char* plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string text = status == 0 && plain ? plain : name;
  std::free(plain);
  return text;
}

// A mapped file. Every offset in it is checked against its size before it is followed: the file may be anything.
struct elf_symbols::file {
  const char* base = nullptr;
  std::size_t size = 0;

  explicit file(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat st{};
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
      void* p = mmap(nullptr, static_cast<std::size_t>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
      if (p != MAP_FAILED) base = static_cast<const char*>(p), size = static_cast<std::size_t>(st.st_size);
    }
    if (fd >= 0) close(fd);
  }
  ~file() {
    if (base) munmap(const_cast<char*>(base), size);
  }

  template <typename T>
  std::span<const T> array(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > size || bytes > size - offset || offset % alignof(T) != 0) return {};
    return {reinterpret_cast<const T*>(base + offset), bytes / sizeof(T)};
  }

  std::span<const ElfW(Shdr)> sections() const {
    const auto header = array<ElfW(Ehdr)>(0, sizeof(ElfW(Ehdr)));
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return {};
    if (header[0].e_shentsize != sizeof(ElfW(Shdr))) return {};
    return array<ElfW(Shdr)>(header[0].e_shoff, std::uint64_t{header[0].e_shnum} * sizeof(ElfW(Shdr)));
  }

  std::string find(std::uint32_t table_type, std::uint64_t offset) const {
    const auto all = sections();
    for (const auto& section : all) {
      if (section.sh_type != table_type || section.sh_link >= all.size()) continue;
      const auto strings = array<char>(all[section.sh_link].sh_offset, all[section.sh_link].sh_size);
      if (strings.empty() || strings.back() != '\0') continue;
      for (const auto& symbol : array<ElfW(Sym)>(section.sh_offset, section.sh_size)) {
        if ((symbol.st_info & 0xf) != STT_FUNC || symbol.st_name >= strings.size()) continue;
        if (offset - symbol.st_value < symbol.st_size) return demangle(&strings[symbol.st_name]);
      }
    }
    return {};
  }
};

elf_symbols::elf_symbols() = default;
elf_symbols::~elf_symbols() = default;

std::string elf_symbols::function_at(const std::string& module, std::uint64_t offset) {
  auto& known = files_[module];
  if (!known) known = std::make_unique<file>(module);
  if (!known->base) return {};
  if (std::string name = known->find(SHT_SYMTAB, offset); !name.empty()) return name;
  return known->find(SHT_DYNSYM, offset);
}

}  // namespace gosan::symbolize
