// Panics: misuse of a primitive that Go answers with a panic throws panic_error. One that leaves its goroutine ends the program
// with a report and exit status 2.
#pragma once

#include <string>
#include <system_error>

namespace gosan {

enum class panic_code {
  send_on_closed = 1,
  close_of_closed,
  close_of_nil,
  negative_wait_group,
  wait_group_reused,
  unlock_of_unlocked,
  empty_timer,
};

}  // namespace gosan

template <>
struct std::is_error_code_enum<gosan::panic_code> : std::true_type {};

namespace gosan {

const std::error_category& panic_category() noexcept;
inline std::error_code make_error_code(panic_code c) noexcept { return {static_cast<int>(c), panic_category()}; }

class panic_error : public std::system_error {
 public:
  // `what` replaces the code's text; it must be a literal or live as long.
  explicit panic_error(panic_code c, const char* what = nullptr) : std::system_error(c), what_(what) {}
  const char* what() const noexcept override;

 private:
  const char* what_;
};

}  // namespace gosan
