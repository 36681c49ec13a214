// A child process that is spoken to in lines.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace gosan::symbolize {

// Its input and output are one socket, so that writing to a child that died gives an error and not SIGPIPE. It runs in a
// process group of its own: Ctrl-C at the terminal does not take it away while a report is written.
class line_process {
 public:
  explicit line_process(const std::vector<std::string>& command);
  ~line_process();
  line_process(const line_process&) = delete;
  line_process& operator=(const line_process&) = delete;

  bool alive() const { return fd_ >= 0; }
  bool send(std::string_view text);
  // Without the newline. False when the child ended or kept silent for too long; it is given up then.
  bool read_line(std::string& into);

 private:
  void give_up();

  int fd_ = -1;
  pid_t pid_ = -1;
  std::string pending_;  // read but not handed out yet
};

}  // namespace gosan::symbolize
