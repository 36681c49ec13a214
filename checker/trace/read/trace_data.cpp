#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "report/user_error.hpp"
#include "trace/read/trace_file.hpp"

namespace gosan::trace {

trace_data::trace_data(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat st{};
  if (fd < 0 || fstat(fd, &st) != 0) throw report::user_error(fmt::format("cannot read trace '{}': {}", path, std::strerror(errno)));
  void* p = MAP_FAILED;
  const auto size = static_cast<std::size_t>(st.st_size);
  if (S_ISREG(st.st_mode) && size > 0) p = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (!S_ISREG(st.st_mode)) throw report::user_error(fmt::format("cannot read trace '{}': it is no file", path));
  if (size == 0) return;
  if (p == MAP_FAILED) throw report::user_error(fmt::format("cannot map trace '{}': {}", path, std::strerror(errno)));
  bytes_ = {static_cast<const unsigned char*>(p), size};
  mapped_ = true;
}

trace_data::~trace_data() {
  if (mapped_) munmap(const_cast<unsigned char*>(bytes_.data()), bytes_.size());
}

}  // namespace gosan::trace
