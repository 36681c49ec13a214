#include "sync/alive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_environment.hpp"

namespace gosan::sync {
namespace {

using events::goroutine_state;
using events::wait_reason;

events::goroutine_view waiting(events::actor_id id, wait_reason why, events::object_id on, std::vector<std::uintptr_t> stack) {
  events::goroutine_view g;
  g.id = id;
  g.state = goroutine_state::waiting;
  g.why = why;
  g.waits_on = on;
  g.stack = std::move(stack);
  g.created_at = 99;
  g.creator = 1;
  return g;
}

class alive : public ::testing::Test {
 protected:
  void judge() {
    for (finding& f : leaks_in(s, *objects, env, known)) env.report(std::move(f));
  }
  verdicts known;
  std::unique_ptr<object_table> objects = std::make_unique<object_table>();
  gosan::testing::fake_environment env;
  events::snapshot s;
};

TEST_F(alive, alike_goroutines_are_one_finding_with_a_count) {
  objects->on_event({.what = events::kind::chan_make, .stack = 3, .g = 1, .obj = 5});
  for (events::actor_id g : {11, 12, 13}) s.goroutines.push_back(waiting(g, wait_reason::chan_send, 5, {100, 101}));
  s.goroutines.push_back(waiting(14, wait_reason::chan_send, 5, {200, 101}));
  judge();
  ASSERT_EQ(env.found.size(), 2u);
  EXPECT_EQ(env.found[0].count, 3u);
  EXPECT_EQ(env.found[0].grade, "alive");
  EXPECT_EQ(env.found[1].count, 1u);
  EXPECT_EQ(env.found[0].objects.at(0).created_at.at(0).pc, 3u);
  EXPECT_EQ(env.found[0].parties.at(0).created_at.at(0).pc, 99u);
}

TEST_F(alive, the_note_tells_who_had_the_other_end) {
  objects->on_event({.what = events::kind::chan_make, .g = 1, .obj = 5});
  objects->on_event({.what = events::kind::chan_sync, .flags = events::flag_g_sends, .g = 11, .obj = 5, .b = 8});
  s.goroutines.push_back(waiting(11, wait_reason::chan_send, 5, {100}));
  s.goroutines.push_back(waiting(12, wait_reason::chan_recv, 6, {101}));
  objects->on_event({.what = events::kind::chan_make, .g = 1, .obj = 6});
  judge();
  ASSERT_EQ(env.found.size(), 2u);
  EXPECT_THAT(env.found[0].notes, ::testing::Contains(::testing::HasSubstr("last to have received from it is goroutine 8")));
  EXPECT_THAT(env.found[1].notes, ::testing::Contains(::testing::HasSubstr("nobody ever sent on channel #6")));
}

TEST_F(alive, main_daemons_threads_and_ended_ones_are_no_leaks) {
  auto g = waiting(1, wait_reason::chan_recv, 5, {1});
  g.is_main = true;
  s.goroutines.push_back(g);
  g.is_main = false, g.daemon = true;
  s.goroutines.push_back(g);
  g.daemon = false, g.is_thread = true;
  s.goroutines.push_back(g);
  g.is_thread = false, g.state = goroutine_state::ended;
  s.goroutines.push_back(g);
  judge();
  EXPECT_TRUE(env.found.empty());
}

TEST_F(alive, all_asleep_is_one_finding_with_the_main_goroutine_first) {
  s.goroutines.push_back(waiting(11, wait_reason::chan_send, 5, {100}));
  auto main = waiting(12, wait_reason::wait_group_wait, 6, {101});
  main.is_main = true;
  s.goroutines.push_back(main);
  report_all_asleep(s, *objects, env);
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::deadlock);
  ASSERT_EQ(env.found[0].parties.size(), 2u);
  EXPECT_EQ(env.found[0].parties[0].goroutine, 12u);
}

}  // namespace
}  // namespace gosan::sync
