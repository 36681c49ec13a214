// What a file descriptor refers to, as an object of events: who writes to it orders who reads from it afterwards.
//
// Both ends of a pipe are one object, as is a file opened twice. Sockets are one object all together: which two are connected is
// not known, also to other processes; so an order too many may be seen between them, never one too few.
#pragma once

#include "events/event.hpp"

namespace gosan::intercept::descriptors {
events::object_id object_of(int fd) noexcept;  // 0 when fd is none
void closed(int fd) noexcept;
}  // namespace gosan::intercept::descriptors
