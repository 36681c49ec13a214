// goexit(): a forced unwind of the goroutine's stack, as pthread_cancel does it. Destructors run; `catch (...)` sees it but
// must rethrow; no handler can end it.
#include <cstdlib>
#include <new>
#include <stdexcept>

#include <unwind.h>

#include "gosan/go.hpp"
#include "sched/die.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"

namespace gosan {
namespace {

constexpr _Unwind_Exception_Class exit_class = 0x676f73616e657874;  // "gosanext"

_Unwind_Reason_Code at_frame(int, _Unwind_Action actions, _Unwind_Exception_Class, _Unwind_Exception* e,
                             _Unwind_Context*, void*) {
  if (!(actions & _UA_END_OF_STACK)) return _URC_NO_REASON;
  std::free(e);
  rt::finish();
}

void swallowed(_Unwind_Reason_Code, _Unwind_Exception*) {
  rt::fatal("goexit was caught by a catch (...) that does not rethrow");
}

}  // namespace

void goexit() {
  if (!rt::on_goroutine()) throw std::logic_error("goexit called on a thread that is no goroutine");
  rt::goroutine* g = rt::self();
  if (g->is_main) g->joiner = nullptr;  // as in Go, the others go on and run() does not return
  // On the heap: the stack below the frames being unwound is reused while their destructors run.
  auto* e = static_cast<_Unwind_Exception*>(std::aligned_alloc(alignof(_Unwind_Exception), sizeof(_Unwind_Exception)));
  if (!e) rt::die("no memory for goexit");
  *e = {};
  e->exception_class = exit_class;
  e->exception_cleanup = swallowed;
  _Unwind_ForcedUnwind(e, at_frame, nullptr);
  rt::die("goexit found no end of the stack");
}

}  // namespace gosan
