#include "live/own_thread.hpp"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "events/sink.hpp"
#include "live/stop_threads.hpp"

namespace gosan::live {

bool start_own_thread(void* (*body)(void*), void* arg) noexcept {
  sigset_t all_but_one, before;
  sigfillset(&all_but_one);
  sigdelset(&all_but_one, stop_signal());
  pthread_sigmask(SIG_SETMASK, &all_but_one, &before);
  pthread_t thread;
  int error = 0;
  {
    const events::ignore_scope not_the_programs;
    error = pthread_create(&thread, nullptr, body, arg);
    if (!error) pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return error == 0;
}

}  // namespace gosan::live
