// An instrumented module, loaded at run time.
#include <thread>

static int of_module;

extern "C" void use_module(bool wrong) {
  std::thread t([] { ++of_module; });  // race in the module
  if (wrong) ++of_module;
  t.join();
  ++of_module;
}
