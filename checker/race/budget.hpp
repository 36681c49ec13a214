// The memory budget of the race detector (option race_memory), and what it does when that is reached.
//
//   mode       entered when                                        what is checked from then on
//   full       at the start                                        everything
//   forgetful  the budget was reached: all earlier accesses        everything; races with accesses forgotten are missed
//              were forgotten, as often as it happens again
//   off        what must not be forgotten (who knows what of       no access; events go on to keep the running actors known
//              whom) is over the budget alone
//
// Nothing that is ordered is ever reported: forgetting takes accesses away, never orders.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace gosan::race::budget {

enum class mode : std::uint8_t { full, forgetful, off };

namespace detail {
extern std::atomic<mode> current;  // changed by relieve()
}

// 0: no limit.
void start(std::uint64_t bytes) noexcept;
// Memory was taken. Cheap, but not for every access.
void note_growth() noexcept;
// Whether relieve() is due; asked after every access that took the slow path.
bool exceeded() noexcept;
// Collects, then forgets, then gives up. Not while holding states.
void relieve() noexcept;
inline mode now() noexcept { return detail::current.load(std::memory_order_relaxed); }
inline bool off() noexcept { return now() == mode::off; }
// Bytes of what the detector knows of accesses and orders.
std::uint64_t used() noexcept;
std::uint64_t times_forgotten() noexcept;
// What the report must say; nothing when everything was checked.
void add_notes(std::vector<std::string>& notes);

}  // namespace gosan::race::budget
