// How reports call a lock.
#pragma once

#include <string>

#include "events/event.hpp"

namespace gosan::live {

std::string lock_name(events::object_id lock);  // "mutex #3"

}  // namespace gosan::live
