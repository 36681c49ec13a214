#include "trace/read/trace_file.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <queue>

#include "report/user_error.hpp"

namespace gosan::trace {
namespace {

// No recorder writes deeper stacks.
constexpr std::uint64_t max_stack = 65536;

}  // namespace

trace_file::trace_file(std::span<const unsigned char> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
  read_header();
  find_blocks();
}

void trace_file::fault(std::uint64_t offset, std::string_view what) { faults_.push_back(fmt::format("offset {}: {}", offset, what)); }

void trace_file::read_header() {
  const auto refuse = [this](std::size_t offset, const std::string& what) {
    throw report::user_error(fmt::format("trace '{}': offset {}: {}", name_, offset, what));
  };
  if (bytes_.empty()) refuse(0, "the file is empty");
  const std::size_t compared = std::min<std::size_t>(bytes_.size(), 8);
  if (std::memcmp(bytes_.data(), file_magic, compared) != 0) refuse(0, "no trace of gosan: it does not start with GOSANTRC");
  if (bytes_.size() < file_header_size) refuse(bytes_.size(), "the file ends within its header");
  const unsigned char* p = bytes_.data() + 8;
  const auto version = get<std::uint16_t>(p);
  const auto vocabulary = get<std::uint16_t>(p);
  if (version != format_version) refuse(8, fmt::format("version {} of the format is not known here (known: {})", version, format_version));
  if (vocabulary != events::version) refuse(10, fmt::format("version {} of the events is not known here (known: {})", vocabulary, events::version));
  pid_ = get<std::uint32_t>(p);
  p = bytes_.data() + file_header_size - 4;
  if (get<std::uint32_t>(p) != check_of(bytes_.data(), file_header_size - 4)) fault(0, "the header is damaged");
}

// The next place where a block header lies, for going on after damage.
std::uint64_t trace_file::next_block_after(std::uint64_t offset) const {
  const auto all = std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  for (auto at = all.find(block_magic, offset + 1); at != std::string_view::npos; at = all.find(block_magic, at + 1)) {
    block_header h;
    if (bytes_.size() - at >= block_header_size && decode(bytes_.data() + at, h)) return at;
  }
  return bytes_.size();
}

void trace_file::find_blocks() {
  std::uint64_t at = file_header_size;
  bool ended = false;
  std::vector<block> tables;
  while (at < bytes_.size()) {
    block b{};
    if (bytes_.size() - at < block_header_size) {
      fault(at, "the file ends within a block's header");
      break;
    }
    if (!decode(bytes_.data() + at, b.head)) {
      const std::uint64_t next = next_block_after(at);
      fault(at, fmt::format("no block: {} bytes are passed over", next - at));
      at = next;
      continue;
    }
    b.offset = at + block_header_size;
    if (b.head.stored > bytes_.size() - b.offset) {
      fault(at, fmt::format("the file ends within a block of {} bytes", b.head.stored));
      break;
    }
    at = b.offset + b.head.stored;
    if (b.head.kind == block_kind::events) streams_[b.head.stream].push_back(b);
    if (b.head.kind == block_kind::tables) tables.push_back(b);
    ended = ended || b.head.kind == block_kind::end;
  }
  if (!ended && faults_.empty()) fault(bytes_.size(), "no end mark: the program ended while it was recorded");
  read_tables(tables);
}

bool trace_file::unpack(const block& b, std::vector<unsigned char>& into) {
  const unsigned char* stored = bytes_.data() + b.offset;
  if (check_of_payload(stored, b.head.stored) != b.head.payload_check) return fault(b.offset, "the block is damaged: its checksum differs"), false;
  into.resize(b.head.raw);
  if (!(b.head.flags & block_compressed)) {
    if (b.head.raw != b.head.stored) return fault(b.offset, "the block has two sizes"), false;
    std::copy(stored, stored + b.head.stored, into.begin());
    return true;
  }
  const std::size_t size = ZSTD_decompress(into.data(), into.size(), stored, b.head.stored);
  if (ZSTD_isError(size) || size != b.head.raw) return fault(b.offset, "the block cannot be decompressed"), false;
  return true;
}

// Joins the blocks of each pass; a damaged one ends its pass.
void trace_file::read_tables(const std::vector<block>& blocks) {
  std::vector<unsigned char> pass, payload;
  std::uint64_t start = 0;
  bool whole = false;
  for (const auto& b : blocks) {
    if (b.head.flags & block_fresh) {
      read_table(pass, start);
      pass.clear();
      start = b.offset;
      whole = true;
    }
    if (!whole) continue;
    if ((whole = unpack(b, payload))) pass.insert(pass.end(), payload.begin(), payload.end());
  }
  read_table(pass, start);
}

void trace_file::read_table(const std::vector<unsigned char>& payload, std::uint64_t offset) {
  const unsigned char* p = payload.data();
  const unsigned char* const end = p + payload.size();
  while (p < end) {
    const unsigned char* next = read_record(p, end);
    if (!next) return fault(offset, fmt::format("the tables are damaged at byte {} of {}", p - payload.data(), payload.size()));
    p = next;
  }
}

const unsigned char* trace_file::read_record(const unsigned char* p, const unsigned char* end) {
  const auto tag = static_cast<table_tag>(*p++);
  std::uint64_t n[4] = {};
  const auto numbers = [&](std::size_t count) {
    for (std::size_t i = 0; i < count && p; ++i) p = get_varint(p, end, n[i]);
    return p != nullptr;
  };
  const auto take_text = [&](std::string& into) -> const unsigned char* {
    std::uint64_t size = 0;
    if (!(p = get_varint(p, end, size)) || size > static_cast<std::uint64_t>(end - p)) return nullptr;
    into.assign(reinterpret_cast<const char*>(p), size);
    return p + size;
  };
  switch (tag) {
    case table_tag::clock:
      if (!numbers(2)) return nullptr;
      if (first_ticks_ == 0) first_ticks_ = n[0], first_ns_ = n[1];
      last_ticks_ = n[0], last_ns_ = n[1];
      return p;
    case table_tag::module: {
      std::uint64_t index = 0;
      if (!(p = get_varint(p, end, index)) || !numbers(3)) return nullptr;
      module_entry m{n[0], n[1], n[2], {}};
      p = take_text(m.path);
      modules_.push_back(std::move(m));
      return p;
    }
    case table_tag::text: {
      if (!numbers(1)) return nullptr;
      return take_text(texts_[static_cast<events::text_id>(n[0])]);
    }
    case table_tag::stack: {
      if (!numbers(2) || n[1] > max_stack) return nullptr;
      auto& pcs = stacks_[static_cast<events::stack_id>(n[0])];
      pcs.clear();
      std::uint64_t pc = 0, difference = 0;
      for (std::uint64_t i = 0; i < n[1]; ++i) {
        if (!(p = get_varint(p, end, difference))) return nullptr;
        pcs.push_back(pc = unzigzag(pc, difference));
      }
      return p;
    }
  }
  return nullptr;
}

// Goes through one stream.
class trace_file::cursor {
 public:
  cursor(trace_file& file, std::uint32_t number, const std::vector<block>& blocks) : file_(file), blocks_(blocks) { event_.stream = number; }

  const recorded_event& event() const { return event_; }
  std::uint64_t bytes_done() const { return done_; }

  // False at the end.
  bool advance() {
    for (;;) {
      if (at_ < times_) {
        if (decode(at_, times_, state_, shapes_, event_)) {
          event_.time = state_.time;
          return true;
        }
        file_.fault(blocks_[next_ - 1].offset, fmt::format("no event at byte {} of the block", at_ - payload_.data()));
        intact_ = false;
        at_ = times_;
      }
      if (!next_block()) return false;
    }
  }

 private:
  bool next_block() {
    payload_.clear();
    at_ = times_ = nullptr;
    if (next_ == blocks_.size()) return false;
    const block& b = blocks_[next_++];
    done_ += b.head.stored;
    if (b.head.flags & block_fresh) {
      intact_ = true;
      // Time goes forward in a stream, whatever a damaged file says.
      state_ = {.time = std::max(state_.time, b.head.first)};
    }
    if (intact_) intact_ = file_.unpack(b, payload_);
    if (!intact_) payload_.clear();
    at_ = payload_.data();
    times_ = at_ + payload_.size();
    return true;
  }

  trace_file& file_;
  const std::vector<block>& blocks_;
  std::vector<unsigned char> payload_;
  const unsigned char *at_ = nullptr, *times_ = nullptr;  // the next event, and the end of its time; in payload_
  std::size_t next_ = 0;
  bool intact_ = false;
  coding_state state_;
  shape_table shapes_;
  recorded_event event_;
  std::uint64_t done_ = 0;
};

void trace_file::each_event(const std::function<void(const recorded_event&)>& use,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::vector<cursor> cursors;
  cursors.reserve(streams_.size());
  for (const auto& [number, blocks] : streams_) cursors.emplace_back(*this, number, blocks);
  const auto later = [](const cursor* a, const cursor* b) {
    return a->event().time != b->event().time ? a->event().time > b->event().time : a->event().stream > b->event().stream;
  };
  std::priority_queue<cursor*, std::vector<cursor*>, decltype(later)> ahead(later);
  for (auto& c : cursors) {
    if (c.advance()) ahead.push(&c);
  }
  std::uint64_t count = 0;
  const auto tell = [&] {
    std::uint64_t done = 0;
    for (const auto& each : cursors) done += each.bytes_done();
    progress(done, bytes_.size());
  };
  while (!ahead.empty()) {
    cursor* c = ahead.top();
    ahead.pop();
    // A stream goes on alone for as long as it is first: most events need no look at the queue's order.
    do {
      use(c->event());
      if (progress && ++count % 65536 == 0) tell();
      if (!c->advance()) c = nullptr;
    } while (c && (ahead.empty() || !later(c, ahead.top())));
    if (c) ahead.push(c);
  }
}

std::int64_t trace_file::ns_of(std::uint64_t ticks) const {
  const auto since = static_cast<double>(static_cast<std::int64_t>(ticks - first_ticks_));
  const double rate = last_ticks_ > first_ticks_ ? static_cast<double>(last_ns_ - first_ns_) / static_cast<double>(last_ticks_ - first_ticks_) : 1;
  return static_cast<std::int64_t>(std::clamp(since * rate, -4e18, 4e18));  // a damaged file may say anything; differences fit, too
}

std::string_view trace_file::text(events::text_id id) const {
  const auto at = texts_.find(id);
  return at == texts_.end() ? std::string_view{} : std::string_view(at->second);
}

std::span<const std::uint64_t> trace_file::stack(events::stack_id id) const {
  const auto at = stacks_.find(id);
  return at == stacks_.end() ? std::span<const std::uint64_t>{} : std::span<const std::uint64_t>(at->second);
}

call_stack trace_file::frames_of(std::span<const std::uint64_t> return_addresses) const {
  call_stack frames;
  for (std::uint64_t pc : return_addresses) {
    frame f;
    f.pc = pc;
    // The latest that was there: an address may have belonged to another one before.
    const auto m = std::find_if(modules_.rbegin(), modules_.rend(), [&](const module_entry& e) { return pc > e.low && pc <= e.high; });
    if (m != modules_.rend()) {
      f.module = m->path;
      f.offset = pc - m->bias;
    }
    frames.push_back(std::move(f));
  }
  return frames;
}

}  // namespace gosan::trace
