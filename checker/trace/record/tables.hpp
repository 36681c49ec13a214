// The tables of a trace: object files, stacks, texts and the clock, as far as they are known and not written yet.
#pragma once

#include "live/internal_alloc.hpp"
#include "trace/format.hpp"

namespace gosan::trace {

using bytes = live::ivector<unsigned char>;

class table_writer {
 public:
  // Appends what is new since the last call; a clock record always.
  void append_new(bytes& into);
  // The next append_new() starts from nothing.
  void forget() noexcept { stacks_ = texts_ = 0, modules_ = 0; }

 private:
  void append_modules(bytes& into);

  events::stack_id stacks_ = 0;  // written up to this id
  events::text_id texts_ = 0;
  unsigned long long modules_ = 0;  // the loader's count of additions when they were written
};

}  // namespace gosan::trace
