#include "trace/record/tables.hpp"

#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "live/depot.hpp"
#include "live/live.hpp"
#include "trace/record/clock.hpp"

namespace gosan::trace {
namespace {

void append(bytes& into, std::uint64_t n) {
  unsigned char buffer[max_varint];
  into.insert(into.end(), buffer, put_varint(buffer, n));
}

void append(bytes& into, table_tag tag) { into.push_back(static_cast<unsigned char>(tag)); }

void append(bytes& into, std::string_view text) {
  append(into, text.size());
  into.insert(into.end(), text.begin(), text.end());
}

void append_stack(bytes& into, events::stack_id id, std::span<const std::uintptr_t> pcs) {
  append(into, table_tag::stack);
  append(into, id);
  append(into, pcs.size());
  std::uintptr_t before = 0;
  for (std::uintptr_t pc : pcs) {
    append(into, zigzag(before, pc));
    before = pc;
  }
}

struct module_list {
  bytes* into;
  std::uint64_t index = 0;
};

// Called by the loader under its lock: allocates from the checker's own memory only.
int append_module(dl_phdr_info* info, std::size_t, void* arg) {
  auto& list = *static_cast<module_list*>(arg);
  std::uintptr_t low = ~std::uintptr_t{0}, high = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    low = std::min<std::uintptr_t>(low, info->dlpi_addr + segment.p_vaddr);
    high = std::max<std::uintptr_t>(high, info->dlpi_addr + segment.p_vaddr + segment.p_memsz);
  }
  char path[4096];
  std::string_view name = info->dlpi_name ? info->dlpi_name : "";
  if (name.empty()) {
    const long n = syscall(SYS_readlink, "/proc/self/exe", path, sizeof path);
    name = {path, n > 0 ? static_cast<std::size_t>(n) : 0};
  }
  append(*list.into, table_tag::module);
  for (std::uint64_t n : {list.index++, std::uint64_t{low}, std::uint64_t{high}, std::uint64_t{info->dlpi_addr}}) append(*list.into, n);
  append(*list.into, name);
  return 0;
}

int read_additions(dl_phdr_info* info, std::size_t, void* into) {
  *static_cast<unsigned long long*>(into) = info->dlpi_adds;
  return 1;
}

// Ids are given in a row, and an entry may be a moment later than its number: the row ends at the first that is missing.
template <typename Id, typename Find, typename Append>
void append_row(Id& written, Find find, Append append_one) {
  for (auto entry = find(written + 1); !entry.empty(); entry = find(written + 1)) append_one(++written, entry);
}

}  // namespace

void table_writer::append_modules(bytes& into) {
  unsigned long long additions = 0;
  dl_iterate_phdr(read_additions, &additions);
  if (additions == modules_) return;
  modules_ = additions;
  module_list list{&into};
  dl_iterate_phdr(append_module, &list);
}

void table_writer::append_new(bytes& into) {
  append(into, table_tag::clock);
  append(into, ticks());
  append(into, now_ns());
  append_modules(into);
  append_row(stacks_, live::stack_of, [&](events::stack_id id, std::span<const std::uintptr_t> pcs) { append_stack(into, id, pcs); });
  append_row(texts_, live::view_of, [&](events::text_id id, std::string_view text) {
    append(into, table_tag::text);
    append(into, id);
    append(into, text);
  });
}

}  // namespace gosan::trace
