// The link target gosan::main: the linker's --wrap=main leads the C library to __wrap_main, which runs the program's own
// main() as the main goroutine.
#include "gosan/go.hpp"

extern "C" int __real_main(int argc, char** argv, char** envp);
extern "C" int __wrap_main(int argc, char** argv, char** envp);

int __wrap_main(int argc, char** argv, char** envp) {
  const int status = gosan::run([=] { return __real_main(argc, argv, envp); });
  gosan::detail::stop_scheduling();  // static destructors run alone
  return status;
}
