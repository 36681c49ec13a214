// What a debugger needs to find the goroutines without type information: scripts/gdb/gosan.py reads it by its symbol.
#pragma once

#include <cstdint>

namespace gosan::rt {

// The fields in the order the script names them; `version` is raised when that changes.
struct debug_layout {
  std::uint64_t version;
  std::uint64_t slabs, slab_count, slab_size, slab_blocks, slab_used;
  std::uint64_t g_size, g_id, g_state, g_is_thread, g_context, g_name, g_why, g_creator, g_created_at, g_waits_on;
  std::uint64_t workers, w_running, w_tid, w_all_link;
  std::uint64_t wait_reasons, wait_reason_count;
};

// Before the first goroutine.
void fill_debug_layout() noexcept;
std::uint64_t first_worker_address() noexcept;

}  // namespace gosan::rt

extern "C" gosan::rt::debug_layout gosan_debug_layout;
