#include "race/modules.hpp"

#include <link.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>

#include "live/internal_alloc.hpp"
#include "live/spin_lock.hpp"
#include "race/access.hpp"

namespace gosan::race::modules {
namespace {

// Load addresses of instrumented modules. [guarded by lock]
struct {
  live::spin_lock lock;
  live::ivector<std::uintptr_t>* bases = nullptr;
} constinit known;
constinit std::atomic<std::uint64_t> loads{0};

bool contains(const dl_phdr_info& m, std::uintptr_t address) noexcept {
  return std::any_of(m.dlpi_phdr, m.dlpi_phdr + m.dlpi_phnum, [&](const ElfW(Phdr) & p) {
    const std::uintptr_t start = m.dlpi_addr + p.p_vaddr;
    return p.p_type == PT_LOAD && address >= start && address < start + p.p_memsz;
  });
}

void forget_variables(const dl_phdr_info& m) noexcept {
  for (int i = 0; i < m.dlpi_phnum; ++i) {
    const ElfW(Phdr)& p = m.dlpi_phdr[i];
    if (p.p_type == PT_LOAD && p.p_flags & PF_W) forget(m.dlpi_addr + p.p_vaddr, p.p_memsz);
  }
}

bool is_known(std::uintptr_t base) noexcept {
  std::lock_guard hold(known.lock);
  return known.bases && std::find(known.bases->begin(), known.bases->end(), base) != known.bases->end();
}

void remember(std::uintptr_t base) noexcept {
  std::lock_guard hold(known.lock);
  if (!known.bases) known.bases = new (live::internal_alloc(sizeof *known.bases)) live::ivector<std::uintptr_t>;
  known.bases->push_back(base);
}

std::string_view file_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool of_the_system(std::string_view path) {
  const std::string_view file = file_of(path);
  for (std::string_view name : {"libc.so", "libm.so", "libdl.so", "librt.so", "libpthread.so", "libstdc++.so", "libc++.so",
                                "libc++abi.so", "libgcc_s.so", "libunwind.so", "libresolv.so", "libnss_", "ld-linux", "ld64.",
                                "linux-vdso.so"})
    if (file.starts_with(name)) return true;
  return false;
}

}  // namespace

void loaded(const void* address) noexcept {
  struct search {
    std::uintptr_t address;
  } s{reinterpret_cast<std::uintptr_t>(address)};
  const bool first = loads.fetch_add(1, std::memory_order_relaxed) == 0;
  auto visit = [](dl_phdr_info* m, std::size_t, void* arg) {
    if (!contains(*m, static_cast<search*>(arg)->address)) return 0;
    if (!is_known(m->dlpi_addr)) remember(m->dlpi_addr), forget_variables(*m);
    return 1;
  };
  auto visit_first = [](dl_phdr_info* m, std::size_t, void* arg) {
    if (!contains(*m, static_cast<search*>(arg)->address)) return 0;
    remember(m->dlpi_addr);
    return 1;
  };
  first ? dl_iterate_phdr(visit_first, &s) : dl_iterate_phdr(visit, &s);
}

std::uint64_t count() noexcept { return loads.load(std::memory_order_relaxed); }

std::vector<std::string> not_instrumented() {
  std::vector<std::string> files;
  auto visit = [](dl_phdr_info* m, std::size_t, void* arg) {
    if (m->dlpi_name && *m->dlpi_name && !of_the_system(m->dlpi_name) && !is_known(m->dlpi_addr))
      static_cast<std::vector<std::string>*>(arg)->emplace_back(file_of(m->dlpi_name));
    return 0;
  };
  dl_iterate_phdr(visit, &files);
  return files;
}

std::string passed_through(const call_stack& stack) {
  const std::vector<std::string> plain = not_instrumented();
  for (const frame& f : stack)
    if (std::find(plain.begin(), plain.end(), file_of(f.module)) != plain.end()) return std::string(file_of(f.module));
  return {};
}

}  // namespace gosan::race::modules
