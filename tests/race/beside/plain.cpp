// A library that is not instrumented: calls back.
extern "C" void call_back(void (*f)(void*), void* argument) {
  f(argument);
  f(argument);
}
