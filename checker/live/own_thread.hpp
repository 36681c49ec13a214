#pragma once

namespace gosan::live {

// Starts a thread of the tool's own, detached; false with errno set when the system gives none. The program's signal handlers
// never run on it: it takes no signal but the one that stops threads (stop_threads.hpp), without which nothing could be proven.
// `body` begins with an rt::tools_thread, so that the thread does not count as one of the program's.
bool start_own_thread(void* (*body)(void*), void* arg) noexcept;

}  // namespace gosan::live
