// The reader on files made by hand: whole ones, and damaged in every way.
#include <gtest/gtest.h>
#include <zstd.h>

#include <random>
#include <string>

#include "report/user_error.hpp"
#include "trace/read/views.hpp"
#include "trace/record/moment.hpp"

namespace {

using namespace gosan;
using namespace gosan::trace;
using events::kind;

using byte_string = std::vector<unsigned char>;

events::event make(kind k, std::uint64_t g, std::uint64_t obj = 0, std::uint64_t a = 0, std::uint64_t b = 0, std::uint32_t stack = 0) {
  events::event e;
  e.what = k;
  e.g = g;
  e.obj = obj;
  e.a = a;
  e.b = b;
  e.stack = stack;
  return e;
}

struct timed {
  std::uint64_t time;
  events::event e;
};

byte_string encoded(const std::vector<timed>& list, std::uint64_t first) {
  byte_string out(list.size() * max_event_bytes);
  coding_state s{.time = first};
  coding_place p{out.data(), out.data() + out.size()};
  shape_table shapes;
  for (const auto& t : list) p = encode(t.e, t.e.stack, t.time, s, shapes, p);
  out.erase(out.begin() + (p.events - out.data()), out.begin() + (p.times - out.data()));
  return out;
}

class maker {
 public:
  maker() {
    unsigned char head[file_header_size] = {};
    unsigned char* p = head;
    std::memcpy(p, file_magic, 8);
    p += 8;
    put(p, format_version);
    put(p, events::version);
    put<std::uint32_t>(p, 42);
    put<std::uint64_t>(p, 0);
    put<std::uint32_t>(p, 0);
    put(p, check_of(head, file_header_size - 4));
    bytes.assign(head, head + sizeof head);
  }

  maker& block(block_kind k, std::uint8_t flags, std::uint32_t stream, std::uint64_t first, const byte_string& raw, bool compress = false) {
    byte_string payload = raw;
    if (compress) {
      payload.resize(ZSTD_compressBound(raw.size()));
      payload.resize(ZSTD_compress(payload.data(), payload.size(), raw.data(), raw.size(), 1));
      flags |= block_compressed;
    }
    block_header h{.kind = k, .flags = flags};
    h.stream = stream;
    h.first = first;
    h.raw = static_cast<std::uint32_t>(raw.size());
    h.stored = static_cast<std::uint32_t>(payload.size());
    h.payload_check = check_of_payload(payload.data(), payload.size());
    unsigned char head[block_header_size];
    encode(h, head);
    starts.push_back(bytes.size());
    bytes.insert(bytes.end(), head, head + sizeof head);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return *this;
  }
  maker& events(std::uint32_t stream, const std::vector<timed>& list, std::uint64_t first = 0, bool compress = false) {
    return block(block_kind::events, block_fresh, stream, first, encoded(list, first), compress);
  }
  maker& end() { return block(block_kind::end, 0, 0, 0, {}); }

  byte_string bytes;
  std::vector<std::size_t> starts;
};

struct read_back {
  std::vector<recorded_event> events;
  std::vector<std::string> faults;
};

read_back read(const byte_string& bytes) {
  trace_file file(bytes, "test");
  read_back r;
  file.each_event([&](const recorded_event& e) { r.events.push_back(e); });
  r.faults = file.faults();
  return r;
}

std::string refusal(const byte_string& bytes) {
  try {
    trace_file(bytes, "test");
  } catch (const report::user_error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(coding, gives_back_every_event) {
  std::mt19937_64 random(1);
  std::vector<timed> list;
  std::uint64_t time = 5;
  for (int i = 0; i < 20'000; ++i) {
    const auto number = [&] { return random() >> (random() % 64) & (random() % 3 ? ~0ull : 0); };
    auto e = make(static_cast<kind>(random() % static_cast<unsigned>(kind::count_)), number(), number(), number(), number(),
                  static_cast<std::uint32_t>(number()));
    e.flags = static_cast<std::uint16_t>(number());
    list.push_back({time += number() >> 20, e});
  }
  const byte_string bytes = encoded(list, 5);
  coding_state s{.time = 5};
  shape_table shapes;
  const unsigned char *p = bytes.data(), *times = p + bytes.size();
  for (const auto& t : list) {
    events::event e;
    ASSERT_TRUE(decode(p, times, s, shapes, e));
    EXPECT_EQ(s.time, t.time);
    EXPECT_EQ(std::tie(e.what, e.flags, e.stack, e.g, e.obj, e.a, e.b),
              std::tie(t.e.what, t.e.flags, t.e.stack, t.e.g, t.e.obj, t.e.a, t.e.b));
  }
  EXPECT_EQ(p, times);
}

TEST(coding, the_example_of_the_format_document) {
  const std::vector<timed> list{{1100, make(kind::chan_send, 2, 3, 7)}, {1109, make(kind::chan_send, 2, 3, 8)},
                                {1119, make(kind::chan_send, 2, 3, 9)}, {1124, make(kind::go_end, 2)}};
  const byte_string bytes = encoded(list, 1000);
  EXPECT_EQ(bytes, (byte_string{0x11, 0x2c, 0x04, 0x06, 0x0e, 0x11, 0x20, 0x02, 0x81, 0x02, 0x02, 0x10, 0x05, 0x0a, 0x09, 0x64}));
}

TEST(coding, a_long_time_lies_with_its_lowest_group_last) {
  const auto bytes = encoded({{300, make(kind::run, 7)}, {301, make(kind::run, 7)}}, 0);
  EXPECT_EQ(byte_string(bytes.end() - 3, bytes.end()), (byte_string{0x01, 0x02, 0xac}));
}

TEST(coding, a_time_that_runs_into_the_events_is_no_event) {
  const auto r = read(maker().block(block_kind::events, block_fresh, 1, 0, {0x05, 0x10, 0x80}).end().bytes);
  EXPECT_TRUE(r.events.empty());
  ASSERT_EQ(r.faults.size(), 1u);
  EXPECT_NE(r.faults[0].find("no event at byte 0"), std::string::npos) << r.faults[0];
}

TEST(coding, more_shapes_than_places) {
  std::vector<timed> list;
  for (std::uint64_t i = 0; i < 1000; ++i) list.push_back({i + 1, make(kind::run, 1 + i % 7, 0, i % 150)});
  const byte_string bytes = encoded(list, 0);
  const auto r = read(maker().block(block_kind::events, block_fresh, 1, 0, bytes).end().bytes);
  ASSERT_EQ(r.events.size(), list.size());
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(r.events[i].a, list[i].e.a);
}

TEST(coding, a_place_without_a_shape_is_no_event) {
  const auto r = read(maker().block(block_kind::events, block_fresh, 1, 0, {0x05, 0x10, 0x81, 0x01, 0x01}).end().bytes);
  EXPECT_EQ(r.events.size(), 1u);
  ASSERT_EQ(r.faults.size(), 1u);
  EXPECT_NE(r.faults[0].find("no event at byte 2"), std::string::npos) << r.faults[0];
}

TEST(coding, a_meeting_names_who_goes_on) {
  const auto sync = make(kind::chan_sync, 2, 3, 0, 9);
  const auto alone = encoded({{1, sync}}, 0), with_ready = encoded({{1, sync}, {1, make(kind::ready, 2, 9)}}, 0);
  EXPECT_EQ(with_ready.size() - alone.size(), 2u);  // kind and present
}

// What the recorder keeps between two events of a stream.
bool one_moment(const events::event& first, const events::event& second) {
  unsigned char bytes[max_event_bytes];
  coding_state s;
  shape_table shapes;
  encode(first, first.stack, 1, s, shapes, {bytes, bytes + sizeof bytes});
  return in_the_moment_of(second, first.what, s);
}

events::event straight(std::uint64_t g) {
  events::event e = make(kind::run, g);
  e.flags = events::flag_straight;
  return e;
}

TEST(moment, is_shared_by_the_events_of_one_step) {
  EXPECT_TRUE(one_moment(make(kind::run, 2), make(kind::go_start, 2)));
  EXPECT_TRUE(one_moment(make(kind::stop, 2), straight(4)));
  EXPECT_TRUE(one_moment(make(kind::park, 2, 3), straight(4)));  // the stop between may not be told
  EXPECT_TRUE(one_moment(make(kind::go_end, 2), straight(4)));
  EXPECT_TRUE(one_moment(make(kind::park_case, 2, 3), make(kind::park_case, 2, 5)));
  EXPECT_TRUE(one_moment(make(kind::park_case, 2, 3), make(kind::park, 2)));
  EXPECT_TRUE(one_moment(make(kind::chan_recv, 2, 3, 1), make(kind::chan_send, 4, 3, 5)));
  EXPECT_TRUE(one_moment(make(kind::chan_send, 2, 3, 1), make(kind::chan_recv, 4, 3, 1)));
  EXPECT_TRUE(one_moment(make(kind::chan_recv, 4, 3, 1), make(kind::ready, 2, 4)));
}

bool is_said(const events::event& first, const events::event& second) {
  unsigned char bytes[max_event_bytes];
  coding_state s;
  shape_table shapes;
  encode(first, first.stack, 1, s, shapes, {bytes, bytes + sizeof bytes});
  return goes_without_saying(second, first.what, s);
}

TEST(moment, who_parks_or_ends_stops_and_the_partner_of_a_meeting_is_ready) {
  EXPECT_TRUE(is_said(make(kind::park, 2, 3), make(kind::stop, 2)));
  EXPECT_TRUE(is_said(make(kind::go_end, 2), make(kind::stop, 2)));
  EXPECT_TRUE(is_said(make(kind::chan_sync, 2, 3, 1, 4), make(kind::ready, 2, 4)));
}

TEST(moment, what_is_not_said_is_recorded) {
  EXPECT_FALSE(is_said(make(kind::lock_release, 2, 3), make(kind::stop, 2)));  // it yields
  EXPECT_FALSE(is_said(make(kind::park, 2, 3), make(kind::stop, 4)));
  EXPECT_FALSE(is_said(make(kind::chan_sync, 2, 3, 1, 4), make(kind::ready, 2, 5)));
  EXPECT_FALSE(is_said(make(kind::chan_send, 2, 3, 1), make(kind::ready, 2, 4)));
}

TEST(moment, a_clock_that_was_read_too_early_comes_after_what_the_channel_told_last) {
  EXPECT_EQ(time_after(1000, 900, 1004), 1005u);
  EXPECT_EQ(time_after(1000, 900, 0), 1000u);
  EXPECT_EQ(time_after(1000, 1002, 1000), 1002u);
  for (kind k : {kind::chan_make, kind::chan_send, kind::chan_recv, kind::chan_sync, kind::chan_send_timer, kind::chan_close,
                 kind::chan_recv_closed, kind::chan_send_closed})
    EXPECT_NE(times_of(k), order_of_times::clock) << name(k);  // remembered, so that nothing can seem to come before them
}

TEST(moment, is_not_shared_when_something_may_have_come_between) {
  EXPECT_FALSE(one_moment(make(kind::lock_acquire, 2, 3), make(kind::stop, 2)));                // ran before it gave way
  EXPECT_FALSE(one_moment(make(kind::stop, 2), make(kind::run, 4)));                            // may have run elsewhere
  EXPECT_FALSE(one_moment(make(kind::ready, 2, 4), straight(4)));                               // by a timer, since the stop
  EXPECT_FALSE(one_moment(make(kind::run, 2), make(kind::park, 2, 3)));
  EXPECT_FALSE(one_moment(make(kind::chan_send, 2, 3), make(kind::chan_recv, 2, 3)));           // the same goroutine: two operations
  EXPECT_FALSE(one_moment(make(kind::chan_recv, 2, 3), make(kind::chan_send, 2, 3)));
  EXPECT_FALSE(one_moment(make(kind::chan_send, 2, 3), make(kind::ready, 2, 4)));               // of something else
  EXPECT_FALSE(one_moment(make(kind::chan_sync, 2, 3, 1, 4), make(kind::ready, 2, 5)));
  EXPECT_FALSE(one_moment(make(kind::lock_release, 2, 3), make(kind::ready, 2, 4)));            // 4 may have parked since
  EXPECT_FALSE(one_moment(make(kind::lock_release, 2, 3), make(kind::lock_acquire, 2, 3)));
}

TEST(reader, merges_streams_by_time_and_keeps_each_in_order) {
  maker m;
  m.events(1, {{10, make(kind::run, 1)}, {40, make(kind::stop, 1)}})
      .events(2, {{20, make(kind::run, 2)}, {30, make(kind::stop, 2)}}, 15, true)
      .events(1, {{50, make(kind::go_end, 1)}}, 45)
      .end();
  const auto r = read(m.bytes);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> got;
  for (const auto& e : r.events) got.emplace_back(e.time, e.g);
  EXPECT_EQ(got, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{10, 1}, {20, 2}, {30, 2}, {40, 1}, {50, 1}}));
  EXPECT_TRUE(r.faults.empty()) << r.faults[0];
}

TEST(reader, goes_on_in_a_block_that_is_not_fresh) {
  const auto all = encoded({{10, make(kind::run, 7, 3)}, {20, make(kind::stop, 7, 3)}}, 0);
  const auto first = encoded({{10, make(kind::run, 7, 3)}}, 0);
  const byte_string rest(all.begin() + static_cast<std::ptrdiff_t>(first.size()) - 1, all.end() - 1);  // the first one's time is one byte
  maker m;
  m.block(block_kind::events, block_fresh, 1, 0, first).block(block_kind::events, 0, 1, 0, rest).end();
  const auto r = read(m.bytes);
  ASSERT_EQ(r.events.size(), 2u);
  EXPECT_EQ(r.events[1].g, 7u);
  EXPECT_EQ(r.events[1].obj, 3u);
  EXPECT_EQ(r.events[1].time, 20u);
}

TEST(reader, reads_tables_that_lie_across_blocks) {
  byte_string t;
  const auto number = [&](std::uint64_t n) {
    unsigned char b[max_varint];
    t.insert(t.end(), b, put_varint(b, n));
  };
  const auto text = [&](std::string_view s) {
    number(s.size());
    t.insert(t.end(), s.begin(), s.end());
  };
  t.push_back('c'), number(1000), number(500);
  t.push_back('m'), number(0), number(0x1000), number(0x2000), number(0x800), text("/lib/a.so");
  t.push_back('s'), number(3), number(2), number(zigzag(0, 0x1500)), number(zigzag(0x1500, 0x1400));
  t.push_back('t'), number(4), text("worker");
  t.push_back('c'), number(3000), number(1500);
  maker m;
  m.block(block_kind::tables, block_fresh, 0, 0, byte_string(t.begin(), t.begin() + 9))
      .block(block_kind::tables, 0, 0, 0, byte_string(t.begin() + 9, t.end()), true)
      .end();
  trace_file file(m.bytes, "test");
  EXPECT_TRUE(file.faults().empty()) << file.faults()[0];
  EXPECT_EQ(file.text(4), "worker");
  EXPECT_EQ(file.text(5), "");
  const auto frames = file.frames_of(3);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].module, "/lib/a.so");
  EXPECT_EQ(frames[0].offset, 0x1500u - 0x800u);
  EXPECT_EQ(file.ns_of(2000), 500);
  EXPECT_EQ(file.pid(), 42u);
}

TEST(reader, refuses_what_is_no_trace) {
  EXPECT_NE(refusal({}).find("offset 0: the file is empty"), std::string::npos);
  EXPECT_NE(refusal({'E', 'L', 'F'}).find("offset 0: no trace"), std::string::npos);
  EXPECT_NE(refusal({'G', 'O', 'S', 'A', 'N', 'T', 'R', 'C', 1}).find("offset 9: the file ends within its header"), std::string::npos);
  auto future = maker().bytes;
  future[8] = 9;
  EXPECT_NE(refusal(future).find("offset 8: version 9"), std::string::npos);
  auto old = maker().bytes;
  old[8] = 2;
  EXPECT_NE(refusal(old).find("offset 8: version 2 of the format is not known here (known: 3)"), std::string::npos);
  auto vocabulary = maker().bytes;
  vocabulary[10] = 9;
  EXPECT_NE(refusal(vocabulary).find("offset 10: version 9 of the events"), std::string::npos);
}

class damaged : public testing::Test {
 protected:
  damaged() {
    m.events(1, {{10, make(kind::run, 1)}}).events(2, {{20, make(kind::run, 2)}}, 0, true).events(1, {{30, make(kind::stop, 1)}}, 25).end();
  }
  void expect(std::size_t events, const std::string& fault) {
    const auto r = read(m.bytes);
    EXPECT_EQ(r.events.size(), events);
    ASSERT_FALSE(r.faults.empty());
    EXPECT_NE(r.faults[0].find(fault), std::string::npos) << r.faults[0];
  }
  maker m;
};

TEST_F(damaged, payload) {
  m.bytes[m.starts[1] + block_header_size] ^= 1;
  expect(2, "offset " + std::to_string(m.starts[1] + block_header_size) + ": the block is damaged");
}

TEST_F(damaged, header_of_a_block) {
  m.bytes[m.starts[1] + 5] ^= 1;
  expect(2, "offset " + std::to_string(m.starts[1]) + ": no block");
}

TEST_F(damaged, foreign_bytes_between) {
  m.bytes.insert(m.bytes.begin() + static_cast<std::ptrdiff_t>(m.starts[1]), 100, 'x');
  expect(3, "100 bytes are passed over");
}

TEST_F(damaged, cut_within_a_block) {
  m.bytes.resize(m.starts[2] + block_header_size + 1);
  expect(2, "offset " + std::to_string(m.starts[2]) + ": the file ends within a block");
}

TEST_F(damaged, cut_within_a_header) {
  m.bytes.resize(m.starts[2] + 7);
  expect(2, "offset " + std::to_string(m.starts[2]) + ": the file ends within a block's header");
}

TEST_F(damaged, no_end_mark) {
  m.bytes.resize(m.starts[3]);
  expect(3, "offset " + std::to_string(m.starts[3]) + ": no end mark");
}

TEST_F(damaged, header_of_the_file) {
  m.bytes[12] ^= 1;
  expect(3, "offset 0: the header is damaged");
}

TEST(damage, nonsense_with_right_checksums) {
  maker m;
  m.block(block_kind::events, block_fresh, 1, 0, {0xff, 0xff, 0xff, 0xff})
      .block(block_kind::events, 0, 1, 0, encoded({{10, make(kind::run, 1)}}, 0))  // needs the one before
      .block(block_kind::tables, block_fresh, 0, 0, {'z', 1, 2})
      .block(block_kind::tables, block_fresh, 0, 0, {'t', 1, 0xff, 0xff, 0xff, 0xff, 0x7f})
      .block(static_cast<block_kind>(77), 0, 0, 0, {1, 2, 3})
      .end();
  const auto r = read(m.bytes);
  EXPECT_TRUE(r.events.empty());
  EXPECT_EQ(r.faults.size(), 3u);
}

TEST(damage, every_single_byte_changed_or_cut_is_survived) {
  maker m;
  m.events(1, {{10, make(kind::go_create, 1, 2, 3, 4, 5)}, {30, make(kind::park, 1, 9, 2)}}).events(2, {{20, make(kind::run, 2)}}, 0, true).end();
  const std::size_t size = m.bytes.size();
  for (std::size_t i = 0; i < size; ++i) {
    for (unsigned char flip : {0x01, 0x80, 0xff}) {
      auto bytes = m.bytes;
      bytes[i] ^= flip;
      try {
        EXPECT_FALSE(read(bytes).faults.empty()) << "byte " << i;
      } catch (const report::user_error&) {
      }
    }
    try {
      const auto cut = read(byte_string(m.bytes.begin(), m.bytes.begin() + static_cast<std::ptrdiff_t>(i)));
      EXPECT_FALSE(cut.faults.empty()) << "cut at " << i;
    } catch (const report::user_error&) {
    }
  }
}

TEST(views, statistics_know_the_longest_wait) {
  maker m;
  m.events(1, {{10, make(kind::go_create, 1, 2)},
               {20, make(kind::park, 2, 9, static_cast<std::uint64_t>(events::wait_reason::chan_recv))},
               {1000, make(kind::run, 2)},
               {1010, make(kind::go_end, 2)}}).end();
  trace_file file(m.bytes, "test");
  statistics s(file);
  file.each_event([&](const recorded_event& e) { s.on_event(e); });
  const auto text = s.text();
  EXPECT_NE(text.find("4 events"), std::string::npos) << text;
  EXPECT_NE(text.find("1 goroutines created, 1 ended, at most 1 at once"), std::string::npos) << text;
  EXPECT_NE(text.find("goroutine 2: chan receive on object 9"), std::string::npos) << text;
  EXPECT_NE(text.find("object 9 in 1 waits (chan receive)"), std::string::npos) << text;
}

}  // namespace
