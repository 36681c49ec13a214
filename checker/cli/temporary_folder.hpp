#pragma once

#include <string>

namespace gosan::cli {

// A folder of our own that goes with the object. Throws failure(2) when none can be made.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gosan::cli
