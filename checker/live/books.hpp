// The detectors of synchronisation as they stand in this process, for those who judge outside an event.
#pragma once

#include "sync/environment.hpp"
#include "sync/locks.hpp"
#include "sync/misuse.hpp"
#include "sync/objects.hpp"
#include "sync/waits.hpp"

namespace gosan::live {

struct books {
  sync::environment& env;
  const sync::object_table& objects;
  sync::lock_detector& locks;
  const sync::wait_table& waits;
  const sync::misuse_detector& misuse;
};
books the_books() noexcept;

}  // namespace gosan::live
