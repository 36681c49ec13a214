// Beside it: a library and a module. `program CASE [wrong]`.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <thread>

extern "C" void call_back(void (*f)(void*), void* argument);

namespace {

int counter;

void through_library(bool wrong) {
  std::thread t([] { call_back([](void*) { ++counter; }, nullptr); });  // race through the library
  if (!wrong) t.join();
  call_back([](void*) { ++counter; }, nullptr);
  if (wrong) t.join();
}

// Loaded, unloaded and loaded again at the same place: its variables have no past.
void module(bool wrong) {
  for (int i = 0; i < 3; ++i) {
    std::thread user([=] {
      void* m = dlopen(MODULE, RTLD_NOW);
      if (!m) return void(std::puts(dlerror()));
      reinterpret_cast<void (*)(bool)>(dlsym(m, "use_module"))(wrong);
      dlclose(m);
    });
    user.join();
  }
}

// The child goes on under its own, silent: the report is the parent's.
void fork_in_the_middle(bool wrong) {
  std::thread t([] { ++counter; });  // race around a fork
  if (wrong) ++counter;
  const pid_t child = fork();
  if (child == 0) {
    std::thread in_child([] { ++counter; });
    in_child.join();
    std::printf("child\n");
    std::exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  if (status) std::puts("the child failed");
  t.join();
}

}  // namespace

int main(int argc, char** argv) {
  const bool wrong = argc > 2;
  if (!std::strcmp(argv[1], "library")) through_library(wrong);
  if (!std::strcmp(argv[1], "module")) module(wrong);
  if (!std::strcmp(argv[1], "fork")) fork_in_the_middle(wrong);
  return 0;
}
