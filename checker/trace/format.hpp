// The layout of a trace file; docs/trace-format.md is its description, with an example. Little-endian, no alignment.
//
//   file   = header { block }
//   header = "GOSANTRC" version:u16 events_version:u16 pid:u32 started_ns:u64 reserved:u32 check:u32      32 bytes
//   block  = "GBLK" kind:u8 flags:u8 reserved:u16 stream:u32 stored:u32 raw:u32 reserved:u32 first:u64
//            payload_check:u32 check:u32 payload                                                          40 bytes + stored
//
// A stream is what one thread emitted, in order; its blocks follow one another in the file, those of several streams are
// mixed. Times are ticks of one clock for the whole machine, so that merging streams by time gives the order of the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gosan::trace {

inline constexpr std::uint16_t format_version = 3;
inline constexpr char file_magic[9] = "GOSANTRC";
inline constexpr char block_magic[5] = "GBLK";
inline constexpr std::size_t file_header_size = 32;
inline constexpr std::size_t block_header_size = 40;
// No writer makes larger ones; a reader refuses them before it allocates.
inline constexpr std::uint32_t max_block_bytes = 1u << 20;

enum class block_kind : std::uint8_t { events = 1, tables = 2, end = 3 };
inline constexpr std::uint8_t block_fresh = 1;       // decoding starts anew: nothing of an earlier block is needed
inline constexpr std::uint8_t block_compressed = 2;  // the payload is a zstd frame of `raw` bytes

struct block_header {
  block_kind kind{};
  std::uint8_t flags = 0;
  std::uint32_t stream = 0, stored = 0, raw = 0;
  std::uint64_t first = 0;  // of a fresh block: the time its first difference counts from
  std::uint32_t payload_check = 0;
};

// Records of a tables block; each starts with its tag.
//   module  index low high bias path-length path    an object file: [low, high) in memory, bias = its load bias
//   stack   id count { pc as zigzag difference }    return addresses, innermost first
//   text    id length bytes
//   clock   ticks nanoseconds                       the same moment on both clocks; the first and last give the rate
enum class table_tag : std::uint8_t { module = 'm', stack = 's', text = 't', clock = 'c' };

// FNV-1a, 32 bits.
inline std::uint32_t check_of(const void* data, std::size_t n) noexcept {
  std::uint32_t h = 0x811c9dc5;
  const auto* p = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < n; ++i) h = (h ^ p[i]) * 0x01000193;
  return h;
}

// The check of a payload, which may be long: the same over words of eight bytes, little-endian, the last filled up with zeroes, in 64
// bits; its halves are joined by exclusive or. Every change of one word changes the 64 bits.
inline std::uint32_t check_of_payload(const unsigned char* p, std::size_t n) noexcept {
  std::uint64_t h = 0xcbf29ce484222325 ^ n, word = 0;
  for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
    std::memcpy(&word, p, sizeof word);
    h = (h ^ word) * 0x100000001b3;
  }
  word = 0;
  if (n) std::memcpy(&word, p, n);
  h = (h ^ word) * 0x100000001b3;
  return static_cast<std::uint32_t>(h ^ h >> 32);
}

template <typename T>
void put(unsigned char*& p, T value) noexcept {
  std::memcpy(p, &value, sizeof value);
  p += sizeof value;
}

template <typename T>
T get(const unsigned char*& p) noexcept {
  T value;
  std::memcpy(&value, p, sizeof value);
  p += sizeof value;
  return value;
}

inline void encode(const block_header& h, unsigned char* into) noexcept {
  unsigned char* p = into;
  std::memcpy(p, block_magic, 4);
  p += 4;
  put(p, h.kind);
  put(p, h.flags);
  put<std::uint16_t>(p, 0);
  put(p, h.stream);
  put(p, h.stored);
  put(p, h.raw);
  put<std::uint32_t>(p, 0);
  put(p, h.first);
  put(p, h.payload_check);
  put(p, check_of(into, block_header_size - 4));
}

// False when the bytes are no block header.
inline bool decode(const unsigned char* from, block_header& into) noexcept {
  const unsigned char* p = from + 4;
  if (std::memcmp(from, block_magic, 4) != 0) return false;
  into.kind = get<block_kind>(p);
  into.flags = get<std::uint8_t>(p);
  get<std::uint16_t>(p);
  into.stream = get<std::uint32_t>(p);
  into.stored = get<std::uint32_t>(p);
  into.raw = get<std::uint32_t>(p);
  get<std::uint32_t>(p);
  into.first = get<std::uint64_t>(p);
  into.payload_check = get<std::uint32_t>(p);
  return get<std::uint32_t>(p) == check_of(from, block_header_size - 4) && into.stored <= max_block_bytes && into.raw <= max_block_bytes;
}

// Unsigned numbers in groups of seven bits, lowest first; the top bit says that more follow.
inline unsigned char* put_varint(unsigned char* p, std::uint64_t n) noexcept {
  while (n >= 0x80) {
    *p++ = static_cast<unsigned char>(n | 0x80);
    n >>= 7;
  }
  *p++ = static_cast<unsigned char>(n);
  return p;
}
inline constexpr std::size_t max_varint = 10;

// Null when it runs past `end` or is too long.
inline const unsigned char* get_varint(const unsigned char* p, const unsigned char* end, std::uint64_t& into) noexcept {
  into = 0;
  for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
    const unsigned char c = *p++;
    into |= std::uint64_t{c & 0x7fu} << shift;
    if (c < 0x80) return p;
  }
  return nullptr;
}

inline std::uint64_t zigzag(std::uint64_t from, std::uint64_t to) noexcept {
  const auto d = static_cast<std::int64_t>(to - from);
  return (static_cast<std::uint64_t>(d) << 1) ^ static_cast<std::uint64_t>(d >> 63);
}
inline std::uint64_t unzigzag(std::uint64_t from, std::uint64_t z) noexcept { return from + ((z >> 1) ^ (0 - (z & 1))); }

}  // namespace gosan::trace
