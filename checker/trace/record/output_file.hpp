// The file of a trace: blocks go in, the first error ends it.
#pragma once

#include <string>

#include "trace/record/tables.hpp"
#include "trace/record/zstd.hpp"

namespace gosan::trace {

// Makes blocks of raw bytes.
class block_maker {
 public:
  block_maker();
  // Appends a block to `into`.
  void append(bytes& into, block_header h, const unsigned char* raw, std::size_t n, bool compress = true);

 private:
  compressor zstd_;
  bytes scratch_;
};

class output_file {
 public:
  // Takes the file for this process alone: when another process records into it, a file of its own beside it. False, with
  // errno, when it cannot be made.
  bool open(const std::string& path);
  // Empties it and writes the header.
  bool begin();
  bool write(const bytes& data);
  // After a failed write or when the file was removed: says so once, in one line on standard error.
  bool usable();

 private:
  bool fail(int error);

  std::string path_;
  int fd_ = -1;
  bool begun_ = false;   // from now on an error is told here, and not by who opened it
  bool failed_ = false;
};

}  // namespace gosan::trace
