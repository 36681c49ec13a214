// libFuzzer target: the reader and everything that stands behind it, on any bytes.
//
// Checksums would keep nearly every mutation from the code behind them, so the mutator sets them right again, nine times of ten.
#include <cstdio>
#include <cstring>
#include <vector>

#include "report/user_error.hpp"
#include "trace/read/replay.hpp"
#include "trace/read/views.hpp"

namespace {

using namespace gosan::trace;

// Walks the blocks as their sizes say.
void set_checks(std::vector<unsigned char>& bytes) {
  const auto put_at = [&](std::size_t at, std::uint32_t check) { std::memcpy(bytes.data() + at, &check, sizeof check); };
  if (bytes.size() < file_header_size) return;
  put_at(file_header_size - 4, check_of(bytes.data(), file_header_size - 4));
  for (std::size_t at = file_header_size; bytes.size() - at >= block_header_size;) {
    std::uint32_t stored = 0;
    std::memcpy(bytes.data() + at, block_magic, 4);
    std::memcpy(&stored, bytes.data() + at + 12, sizeof stored);
    if (stored > bytes.size() - at - block_header_size) return;
    put_at(at + block_header_size - 8, check_of_payload(bytes.data() + at + block_header_size, stored));
    put_at(at + block_header_size - 4, check_of(bytes.data() + at, block_header_size - 4));
    at += block_header_size + stored;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(unsigned char* data, std::size_t size, std::size_t room);

extern "C" std::size_t LLVMFuzzerCustomMutator(unsigned char* data, std::size_t size, std::size_t room, unsigned seed) {
  const std::size_t n = LLVMFuzzerMutate(data, size, room);
  if (seed % 10 == 0) return n;
  std::vector<unsigned char> bytes(data, data + n);
  set_checks(bytes);
  std::memcpy(data, bytes.data(), n);
  return n;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static std::FILE* const nowhere = std::fopen("/dev/null", "w");
  try {
    trace_file file({data, size}, "fuzzed");
    statistics counts(file);
    actor_names names(file);
    replay detectors(file);
    chrome_export chrome(file, nowhere);
    std_export text(nowhere);
    file.each_event([&](const recorded_event& e) {
      names.on_event(e);
      line_of(e, file, names);
      counts.on_event(e);
      chrome.on_event(e);
      text.on_event(e);
      detectors.on_event(e);
    });
    counts.text();
    chrome.finish();
    detectors.finish();
  } catch (const gosan::report::user_error&) {
    // no trace at all
  }
  return 0;
}
