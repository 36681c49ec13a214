// Looking at all goroutines from code. SIGQUIT prints the same (option dump_on_sigquit) and lets the program go on. In a program built with
// ThreadSanitizer a dump on SIGQUIT may lack goroutines that run without a call into libc: it holds signals back from their threads.
#pragma once

#include <string>

namespace gosan::debug {

// Every goroutine: id, name, state with what it waits for, stack, where it was created; in Go's form. Stops the world for a
// moment. Looks symbols up: takes milliseconds.
std::string goroutines();

// Writes it to a file descriptor.
void dump_goroutines(int fd = 2);

}  // namespace gosan::debug
