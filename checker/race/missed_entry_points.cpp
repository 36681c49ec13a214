// Accesses whose inlined check has failed: see GOSAN_KEEPS_REGISTERS in race/abi.hpp.
#include "race/abi.hpp"
#include "race/access.hpp"

#ifdef GOSAN_KEEPS_REGISTERS

using namespace gosan::race;

#define GOSAN_MISSED_ACCESS(n, word, kind)                                                        \
  GOSAN_KEEPS_REGISTERS void __gosan_missed_##word##n(kind void* p) noexcept {                    \
    access_aligned<n, plain_##word>(reinterpret_cast<std::uintptr_t>(p),                          \
                                    reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))); \
  }
#define GOSAN_MISSED(n)                \
  GOSAN_MISSED_ACCESS(n, read, const)  \
  GOSAN_MISSED_ACCESS(n, write, )

extern "C" {
GOSAN_ACCESS_SIZES(GOSAN_MISSED)
}

#endif
