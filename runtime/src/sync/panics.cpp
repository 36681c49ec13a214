#include "sync/panics.hpp"

#include "gosan/panic.hpp"
#include "sync/sync_queue.hpp"

namespace gosan::detail {

void panic(panic_code code) { throw panic_error(code); }

void object_gone(std::uint64_t id, bool in_use, [[maybe_unused]] const char* what) noexcept {
  if constexpr (events::recording)
    if (id) emit_here(events::kind::obj_destroy, id);
  (void)in_use;
}

}  // namespace gosan::detail
