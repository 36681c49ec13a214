#include "trace/record/writer.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <deque>

#include "live/own_thread.hpp"
#include "sched/sched.hpp"
#include "trace/record/clock.hpp"
#include "trace/record/output_file.hpp"
#include "trace/record/record.hpp"
#include "trace/record/streams.hpp"

namespace gosan::trace::writer {
namespace {

// kill -9 loses what was emitted since the last pass.
constexpr std::uint64_t pass_interval_ns = 250'000'000;
constexpr std::uint32_t filled_wakes = 4;

constinit std::atomic<std::uint32_t> sleeping{0};    // futex: 1 while the writer waits for work
constinit std::atomic<std::uint32_t> passes{0};      // futex: passes done
constinit std::atomic<std::uint32_t> waiting_buffers{0};
constinit std::atomic<bool> stop_asked{false}, ended{true};

// Of the window, or of all that there is: in its turn, or before the process dies, without the time to compress it.
enum dump_kind : std::uint32_t { none, in_turn, at_once };
constinit std::atomic<std::uint32_t> dump_asked{none};

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::uint64_t ns) noexcept {
  const timespec limit{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, &limit, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff, nullptr, nullptr, 0);
}

class recorder {
 public:
  explicit recorder(const settings& s) : settings_(s) {}

  bool open() { return file_.open(settings_.path); }

  void run() {
    while (!stop_asked.load(std::memory_order_acquire)) {
      pass(false);
      sleep();
    }
    pass(true);
  }

 private:
  struct kept_buffer {
    buffer* b;
    std::uint32_t stream;
    std::uint64_t taken_ns;
  };

  void sleep() {
    // A request that comes between the pass and here has changed `sleeping` back, or finds it set and wakes. [WRITER-SLEEP]
    sleeping.store(1);
    if (!stop_asked.load() && dump_asked.load() == none && waiting_buffers.load() < filled_wakes) futex_wait(sleeping, 1, pass_interval_ns);
    sleeping.store(0);
  }

  void pass(bool last) {
    waiting_buffers.store(0, std::memory_order_relaxed);
    const std::uint32_t dump = dump_asked.exchange(none);
    if (settings_.window_ns == 0) {
      write_through(last);
    } else {
      keep();
      if (dump != none || last) write_window(dump != at_once);
    }
    if (!file_.usable()) detail::on.store(false, std::memory_order_relaxed);
    passes.fetch_add(1, std::memory_order_release);
    futex_wake(passes);
  }

  // Everything that was emitted, as blocks, then the tables they refer to.
  void write_through(bool last) {
    out_.clear();
    for (stream* s = all_streams(); s; s = s->following) {
      take(s);
    }
    append_tables();
    if (last) maker_.append(out_, {.kind = block_kind::end}, nullptr, 0);
    flush_out();
  }

  // Full buffers only: each is a fresh block, so the oldest can go at any time. They stay as they are: of most nobody will ask, and
  // to compress them all would cost half of what recording does.
  void keep() {
    const std::uint64_t now = now_ns();
    for (stream* s = all_streams(); s; s = s->following) {
      while (buffer* next = s->first->next.load(std::memory_order_acquire)) {  // [STREAM-NEXT]
        kept_.push_back({s->first, s->number, now});
        s->first = next;
        keep_buffer();
      }
    }
    while (!kept_.empty() && (kept_.size() * buffer_bytes > settings_.memory_bytes || now - kept_.front().taken_ns > settings_.window_ns)) {
      free_kept(kept_.front().b);
      kept_.pop_front();
    }
  }

  void write_window(bool compress) {
    if (!file_.begin()) return;
    out_.clear();
    for (const kept_buffer& k : kept_) {
      append_buffer(k.stream, *k.b, compress);
      if (out_.size() > max_block_bytes) flush_out();
    }
    for (stream* s = all_streams(); s; s = s->following) append_buffer(s->number, *s->first, compress);
    tables_.forget();
    append_tables();
    maker_.append(out_, {.kind = block_kind::end}, nullptr, 0);
    flush_out();
  }

  static block_header fresh_header(std::uint32_t stream, const buffer& b) {
    block_header h{.kind = block_kind::events, .flags = block_fresh};
    h.stream = stream;
    h.first = b.first;
    return h;
  }

  // All of it, as a fresh block.
  void append_buffer(std::uint32_t stream, const buffer& b, bool compress) {
    append(fresh_header(stream, b), b, {}, b.used.load(std::memory_order_acquire), compress);  // [STREAM-USED]
  }

  // What came between two fillings: its events, then its times, as they lie.
  void append(const block_header& h, const buffer& b, filling from, filling to, bool compress = true) {
    if (from == to) return;
    const unsigned char* const end = b.data + sizeof b.data;
    joined_.assign(b.data + from.events, b.data + to.events);
    joined_.insert(joined_.end(), end - to.times, end - from.times);
    maker_.append(out_, h, joined_.data(), joined_.size(), compress);
  }

  void take(stream* s) {
    for (;;) {
      buffer* b = s->first;
      buffer* next = b->next.load(std::memory_order_acquire);        // [STREAM-NEXT]
      const filling used = b->used.load(std::memory_order_acquire);  // [STREAM-USED]
      block_header h = fresh_header(s->number, *b);
      if (b->taken != filling{}) h.flags = 0, h.first = 0;
      append(h, *b, b->taken, used);
      b->taken = used;
      if (out_.size() > max_block_bytes) flush_out();
      if (!next) return;
      s->first = next;
      give_back(b);
    }
  }

  void append_tables() {
    new_tables_.clear();
    tables_.append_new(new_tables_);
    // Records may lie across the blocks of one pass, of which the first is marked fresh.
    for (std::size_t at = 0; at < new_tables_.size(); at += buffer_bytes) {
      const std::uint8_t flags = at == 0 ? block_fresh : 0;
      maker_.append(out_, {.kind = block_kind::tables, .flags = flags}, new_tables_.data() + at, std::min(buffer_bytes, new_tables_.size() - at));
    }
  }

  void flush_out() {
    file_.write(out_);
    out_.clear();
  }

  settings settings_;
  output_file file_;
  block_maker maker_;
  table_writer tables_;
  bytes out_, new_tables_, joined_;
  std::deque<kept_buffer, live::internal_allocator<kept_buffer>> kept_;
};

void* run(void* arg) {
  auto* r = static_cast<recorder*>(arg);
  const rt::tools_thread mine;
  r->run();
  ended.store(true, std::memory_order_release);
  passes.fetch_add(1, std::memory_order_release);
  futex_wake(passes);
  return nullptr;
}

}  // namespace

bool start(const settings& s) {
  auto* r = new recorder(s);  // lives as long as the process
  if (!r->open()) return false;
  ended.store(false);
  const bool started = live::start_own_thread(run, r);
  if (!started) ended.store(true);  // nobody to wait for
  return started;
}

void wake() noexcept {
  if (sleeping.exchange(0)) futex_wake(sleeping);  // [WRITER-SLEEP]
}

void filled() noexcept {
  if (waiting_buffers.fetch_add(1) + 1 >= filled_wakes) wake();
}

void wait_for_progress() noexcept { futex_wait(passes, passes.load(std::memory_order_acquire), 10'000'000); }

void flush(unsigned limit_ms) noexcept {
  const std::uint32_t before = passes.load(std::memory_order_acquire);
  if (std::uint32_t nobody = none; limit_ms) dump_asked.store(at_once);
  else dump_asked.compare_exchange_strong(nobody, in_turn);
  wake();
  const std::uint64_t deadline = now_ns() + std::uint64_t{limit_ms} * 1'000'000;
  // Two passes: the one under way may have passed by this thread's stream already.
  while (!ended.load(std::memory_order_acquire) && passes.load(std::memory_order_acquire) - before < 2 && now_ns() < deadline) {
    futex_wait(passes, passes.load(std::memory_order_acquire), 5'000'000);
    wake();
  }
}

void stop() noexcept {
  stop_asked.store(true, std::memory_order_release);
  while (!ended.load(std::memory_order_acquire)) {
    wake();
    futex_wait(passes, passes.load(std::memory_order_acquire), 20'000'000);
  }
}

}  // namespace gosan::trace::writer
