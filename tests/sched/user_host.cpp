// Loads user_module.cpp from a goroutine and receives what the module's goroutines send.
#include <dlfcn.h>
#include <gosan/gosan.hpp>

#include <cstdio>
#include <stdexcept>

int main(int, char** arguments) {
  return gosan::run([arguments] {
    void* module = dlopen(arguments[1], RTLD_NOW);
    if (!module) throw std::runtime_error(dlerror());
    auto* start_sending = reinterpret_cast<void (*)(const gosan::chan<int>&)>(dlsym(module, "start_sending"));
    if (!start_sending) throw std::runtime_error("the module has no start_sending");
    auto numbers = gosan::make_chan<int>(4);
    start_sending(numbers);
    int sum = 0;
    for (int n : numbers) sum += n;
    std::printf("module sent %d\n", sum);
  });
}
