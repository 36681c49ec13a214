#include "race/memory_kind.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <cxxabi.h>
#include <cstdlib>
#include <string>

#include "events/snapshot.hpp"
#include "intercept/heap.hpp"
#include "live/live.hpp"
#include "race/actors.hpp"
#include "race/caches.hpp"
#include "race/contexts.hpp"

namespace gosan::race {
namespace {

std::string bytes_text(std::size_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

// A module of the program, mapped again as a file, to read the symbols that are not loaded with it.
class module_file {
 public:
  explicit module_file(const char* path) {
    const int fd = open(path && *path ? path : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat info {};
    if (!fstat(fd, &info) && info.st_size > static_cast<off_t>(sizeof(ElfW(Ehdr)))) {
      size_ = static_cast<std::size_t>(info.st_size);
      void* p = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (p != MAP_FAILED) bytes_ = static_cast<const char*>(p);
    }
    close(fd);
  }
  ~module_file() {
    if (bytes_) munmap(const_cast<char*>(bytes_), size_);
  }
  module_file(const module_file&) = delete;
  module_file& operator=(const module_file&) = delete;

  // The data symbol that contains the offset; empty when there is none.
  std::string data_symbol(std::uintptr_t offset, std::uintptr_t& start) const { return symbol(STT_OBJECT, offset, start); }
  // The same for the offset in the module's block of thread-local variables.
  std::string thread_symbol(std::uintptr_t offset, std::uintptr_t& start) const { return symbol(STT_TLS, offset, start); }

 private:
  template <typename T>
  const T* at(std::size_t offset, std::size_t count = 1) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(bytes_ + offset);
  }

  std::string symbol(unsigned kind, std::uintptr_t offset, std::uintptr_t& start) const {
    for (unsigned table : {SHT_SYMTAB, SHT_DYNSYM})
      if (std::string found = search(table, kind, offset, start); !found.empty()) return found;
    return {};
  }

  std::string search(unsigned type, unsigned kind, std::uintptr_t offset, std::uintptr_t& start) const {
    const auto* header = bytes_ ? at<ElfW(Ehdr)>(0) : nullptr;
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
    const auto* sections = at<ElfW(Shdr)>(header->e_shoff, header->e_shnum);
    for (unsigned i = 0; sections && i < header->e_shnum; ++i) {
      if (sections[i].sh_type != type || sections[i].sh_link >= header->e_shnum) continue;
      const std::size_t count = sections[i].sh_size / sizeof(ElfW(Sym));
      const auto* symbols = at<ElfW(Sym)>(sections[i].sh_offset, count);
      const ElfW(Shdr)& names = sections[sections[i].sh_link];
      for (std::size_t k = 0; symbols && k < count; ++k) {
        const ElfW(Sym)& s = symbols[k];
        if (ELF64_ST_TYPE(s.st_info) != kind || offset < s.st_value || offset >= s.st_value + s.st_size) continue;
        const char* name = at<char>(names.sh_offset + s.st_name, 1);
        if (!name || s.st_name >= names.sh_size) return {};
        start = s.st_value;
        return {name, strnlen(name, names.sh_size - s.st_name)};
      }
    }
    return {};
  }

  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

struct module_search {
  std::uintptr_t address;
  std::string path;
  std::uintptr_t base = 0;
  bool found = false;
};

int visit(dl_phdr_info* info, std::size_t, void* arg) {
  auto& s = *static_cast<module_search*>(arg);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& p = info->dlpi_phdr[i];
    const std::uintptr_t start = info->dlpi_addr + p.p_vaddr;
    if (p.p_type != PT_LOAD || s.address < start || s.address >= start + p.p_memsz) continue;
    s.path = info->dlpi_name;
    s.base = info->dlpi_addr;
    s.found = true;
    return 1;
  }
  return 0;
}

std::string demangled(const std::string& name) {
  if (!name.starts_with("_Z")) return name;  // "x" would be read as a type
  int status = 0;
  char* text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  if (!text) return name;
  std::string result = text;
  std::free(text);
  return result;
}

std::string into_it(std::size_t offset) { return offset ? ", " + bytes_text(offset) + " into it" : std::string{}; }

std::string in_module(std::uintptr_t address) {
  module_search s{address, {}};
  dl_iterate_phdr(visit, &s);
  if (!s.found) return {};
  std::uintptr_t start = 0;
  const std::uintptr_t offset = address - s.base;
  if (std::string name = module_file(s.path.c_str()).data_symbol(offset, start); !name.empty()) {
    return "global " + demangled(name) + into_it(offset - start);
  }
  char text[64];
  std::snprintf(text, sizeof text, "global at offset 0x%zx of ", offset);
  return text + (s.path.empty() ? "the program" : s.path.substr(s.path.rfind('/') + 1));
}

// A module's block of thread-local variables lies at the same distance from the thread pointer in every thread.
struct thread_block_search {
  std::uintptr_t address, thread_pointer;
  std::string path;
  std::uintptr_t offset = 0;
};

int visit_thread_block(dl_phdr_info* info, std::size_t, void* arg) {
  auto& s = *static_cast<thread_block_search*>(arg);
  if (!info->dlpi_tls_data) return 0;
  const auto mine = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
  const std::uintptr_t start = s.thread_pointer + (reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data) - mine);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& p = info->dlpi_phdr[i];
    if (p.p_type != PT_TLS || s.address < start || s.address >= start + p.p_memsz) continue;
    s.path = info->dlpi_name;
    s.offset = s.address - start;
    return 1;
  }
  return 0;
}

std::string in_thread_block(std::uintptr_t address) {
  for (const thread_cache* c = caches::all(); c; c = c->next) {
    thread_block_search s{address, c->thread_pointer.load(std::memory_order_relaxed), {}};
    if (!s.thread_pointer || !dl_iterate_phdr(visit_thread_block, &s)) continue;
    std::uintptr_t start = 0;
    const std::string name = module_file(s.path.c_str()).thread_symbol(s.offset, start);
    if (name.empty()) return "a thread-local variable";
    return "thread-local variable " + demangled(name) + into_it(s.offset - start);
  }
  return {};
}

}  // namespace

bool is_in_own_thread_block(std::uintptr_t address) noexcept {
  thread_block_search s{address, reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()), {}};
  return dl_iterate_phdr(visit_thread_block, &s);
}

namespace {

std::string in_stack(std::uintptr_t address) {
  const events::actor_id g = actors::owner_of_stack(address);
  if (!g) {
    const events::stack_range here = events::current_stack();
    return address >= here.low && address < here.high ? "stack of the accessing goroutine" : "";
  }
  const party p = live::party_of(g);
  std::string who = p.goroutine ? "goroutine " + std::to_string(g) : p.name;
  if (p.goroutine && !p.name.empty()) who += " (" + p.name + ")";
  return "variable on the stack of " + who;
}

bool in_heap(std::uintptr_t address, described_object& o) {
  const auto* p = reinterpret_cast<const void*>(address);
  intercept::heap_block block;
  if (!intercept::block_of(p, block)) return false;
  o.what = "heap block of " + bytes_text(block.size);
  o.what += into_it(address - block.start);
  std::uintptr_t pcs[128];
  o.created_at = live::frames_of({pcs, contexts::stack_of(intercept::heap::site_of(p), pcs, std::size(pcs))});
  return true;
}

}  // namespace

described_object describe_memory(std::uintptr_t address) {
  described_object o;
  if (in_heap(address, o)) return o;
  o.what = in_thread_block(address);
  if (o.what.empty()) o.what = in_stack(address);
  if (o.what.empty()) o.what = in_module(address);
  return o;
}

}  // namespace gosan::race
