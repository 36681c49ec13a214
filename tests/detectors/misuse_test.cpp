#include "sync/misuse.hpp"

#include <gtest/gtest.h>

#include "fake_environment.hpp"

namespace gosan::sync {
namespace {

using events::event;
using enum events::kind;

class misuse : public ::testing::Test {
 protected:
  void feed(std::initializer_list<event> events) {
    for (const event& e : events) {
      detector.on_event(e);
      locks->on_event(e);
      objects->on_event(e);
    }
  }
  std::unique_ptr<object_table> objects = std::make_unique<object_table>();
  gosan::testing::fake_environment env;
  std::unique_ptr<lock_detector> locks = std::make_unique<lock_detector>(*objects, env);
  std::unique_ptr<misuse_detector> made = std::make_unique<misuse_detector>(*objects, *locks, env);
  misuse_detector& detector = *made;
};

const event make{.what = chan_make, .stack = 10, .g = 1, .obj = 7, .a = 0, .b = 4};

TEST_F(misuse, send_on_closed_names_who_sent_and_who_closed) {
  feed({make, {.what = chan_close, .stack = 11, .g = 2, .obj = 7}, {.what = chan_send_closed, .stack = 12, .g = 3, .obj = 7}});
  ASSERT_EQ(env.found.size(), 1u);
  const finding& f = env.found[0];
  EXPECT_EQ(f.kind, finding_kind::send_on_closed);
  ASSERT_EQ(f.parties.size(), 2u);
  EXPECT_EQ(f.parties[0].goroutine, 3u);
  EXPECT_EQ(f.parties[0].stack.at(0).pc, 12u);
  EXPECT_EQ(f.parties[1].goroutine, 2u);
  EXPECT_EQ(f.parties[1].stack.at(0).pc, 11u);
  EXPECT_EQ(f.objects.at(0).created_at.at(0).pc, 10u);
  EXPECT_EQ(f.message, "send on closed channel #7 (capacity 0, elements of 4 bytes)");
  EXPECT_TRUE(detector.is_misuser(3));
  EXPECT_FALSE(detector.is_misuser(2));
}

TEST_F(misuse, send_before_close_and_receive_of_closed_are_silent) {
  feed({make, {.what = chan_send, .g = 3, .obj = 7}, {.what = chan_close, .stack = 11, .g = 2, .obj = 7},
        {.what = chan_recv_closed, .g = 3, .obj = 7}});
  EXPECT_TRUE(env.found.empty());
}

TEST_F(misuse, second_close_names_the_first) {
  feed({make, {.what = chan_close, .stack = 11, .g = 2, .obj = 7}, {.what = chan_close_closed, .stack = 12, .g = 3, .obj = 7}});
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::close_of_closed);
  EXPECT_EQ(env.found[0].parties.at(1).stack.at(0).pc, 11u);
}

TEST_F(misuse, close_of_nil_channel_has_one_side) {
  feed({{.what = chan_close_closed, .stack = 12, .g = 3}});
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].message, "close of nil channel");
  EXPECT_EQ(env.found[0].parties.size(), 1u);
}

TEST_F(misuse, negative_counter_names_who_brought_it_to_zero) {
  env.now = 21;
  feed({{.what = wg_add, .stack = 20, .g = 1, .obj = 9, .a = 1, .b = 1}, {.what = wg_done, .g = 2, .obj = 9, .b = 0}});
  EXPECT_TRUE(env.found.empty());
  feed({{.what = wg_misuse, .stack = 22, .g = 3, .obj = 9, .a = 1}});
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::wait_group_misuse);
  EXPECT_EQ(env.found[0].parties.at(1).goroutine, 2u);
  EXPECT_EQ(env.found[0].parties.at(1).stack.at(0).pc, 21u);
}

TEST_F(misuse, unlock_of_unlocked_names_the_last_unlocker) {
  feed({{.what = lock_acquire, .g = 1, .obj = 4}, {.what = lock_release, .g = 1, .obj = 4}});
  EXPECT_TRUE(env.found.empty());
  feed({{.what = lock_misuse, .stack = 5, .g = 2, .obj = 4}});
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].parties.at(1).goroutine, 1u);
  EXPECT_EQ(env.found[0].message, "unlock of mutex #4, which nobody holds");
}

}  // namespace
}  // namespace gosan::sync
