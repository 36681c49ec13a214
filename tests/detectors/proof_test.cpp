// The proof on memory made by hand: blocks, stacks and globals of a small pretended process.
#include "sync/proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "fake_environment.hpp"
#include "sync/alive.hpp"

namespace gosan::sync {
namespace {

using events::wait_reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using block = std::array<std::uintptr_t, 8>;

class fake_heap : public block_map {
 public:
  block& make() { return blocks.emplace_back(); }
  bool block_of(std::uintptr_t a, memory_range& out) const noexcept override {
    for (const block& b : blocks) {
      const auto low = reinterpret_cast<std::uintptr_t>(&b), high = low + sizeof b;
      if (a >= low && a < high) return out = {low, high}, true;
    }
    return false;
  }
  std::deque<block> blocks;
};

class proof : public ::testing::Test {
 protected:
  template <typename T>
  static std::uintptr_t at(T& x, std::size_t offset = 0) { return reinterpret_cast<std::uintptr_t>(&x) + offset; }

  events::goroutine_view& goroutine(events::actor_id id, block& stack) {
    events::goroutine_view g;
    g.id = id;
    g.state = events::goroutine_state::runnable;
    g.stack_low = at(stack), g.stack_high = g.stack_low + sizeof stack, g.stack_pointer = g.stack_low;
    return picture.goroutines.emplace_back(g);
  }
  void waits(events::actor_id id, block& stack, wait_reason why, events::object_id on) {
    auto& g = goroutine(id, stack);
    g.state = events::goroutine_state::waiting, g.why = why, g.waits_on = on;
  }
  void channel(events::object_id id, block& core) { objects->set_address(id, &core[1]); }
  void lock(events::actor_id g, events::object_id l) { detector->on_event({.what = events::kind::lock_acquire, .g = g, .obj = l}); }
  void unlock(events::actor_id g, events::object_id l) { detector->on_event({.what = events::kind::lock_release, .g = g, .obj = l}); }

  std::vector<events::actor_id> dead() {
    leak_proof p(picture, *objects, *detector, *waiting, heap, {sizeof(block), sizeof(block), 32});
    p.add_root({at(globals), at(globals) + sizeof globals});
    for (auto w : words) p.add_root_word(w);
    std::vector<events::actor_id> ids;
    for (std::size_t i : p.run()) ids.push_back(picture.goroutines[i].id);
    return ids;
  }

  block globals{}, s1{}, s2{}, s3{};
  std::vector<std::uintptr_t> words;
  fake_heap heap;
  events::snapshot picture;
  gosan::testing::fake_environment env;
  std::unique_ptr<object_table> objects = std::make_unique<object_table>();
  std::unique_ptr<lock_detector> detector = std::make_unique<lock_detector>(*objects, env);
  std::unique_ptr<wait_table> waiting = std::make_unique<wait_table>();
};

TEST_F(proof, a_channel_only_its_waiter_knows_of) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  s1[2] = at(core);
  EXPECT_THAT(dead(), ElementsAre(11));
}

TEST_F(proof, a_channel_in_a_global) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  globals[3] = at(core);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_channel_behind_two_blocks_and_an_inner_pointer) {
  block &core = heap.make(), &outer = heap.make(), &inner = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  globals[0] = at(outer, 24);
  outer[7] = at(inner, 8);
  inner[0] = at(core, 40);
  EXPECT_THAT(dead(), IsEmpty());
  outer[7] = 0;
  EXPECT_THAT(dead(), ElementsAre(11));
}

TEST_F(proof, a_channel_on_the_stack_of_one_who_runs) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  goroutine(12, s2);
  s2[5] = at(core);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_channel_in_a_register_or_a_timer) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  words = {at(core)};
  EXPECT_THAT(dead(), IsEmpty());
  words.clear();
  goroutine(12, s2).registers = {at(core)};
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, who_can_be_woken_brings_others_back) {
  block &c1 = heap.make(), &c2 = heap.make();
  channel(1, c1), channel(2, c2);
  waits(11, s1, wait_reason::chan_recv, 1);
  waits(12, s2, wait_reason::chan_recv, 2);
  s2[0] = at(c1);       // 12 would wake 11
  globals[0] = at(c2);  // somebody may wake 12
  EXPECT_THAT(dead(), IsEmpty());
  globals[0] = 0;
  EXPECT_THAT(dead(), ElementsAre(11, 12));
}

TEST_F(proof, dead_ones_that_know_each_other_stay_dead) {
  block &c1 = heap.make(), &c2 = heap.make();
  channel(1, c1), channel(2, c2);
  waits(11, s1, wait_reason::chan_recv, 1);
  waits(12, s2, wait_reason::chan_send, 2);
  s1[0] = at(c2), s2[0] = at(c1);
  EXPECT_THAT(dead(), ElementsAre(11, 12));
}

TEST_F(proof, below_the_stack_pointer_only_an_interrupted_one_has_something) {
  block &c1 = heap.make(), &c2 = heap.make();
  channel(1, c1), channel(2, c2);
  waits(11, s1, wait_reason::chan_recv, 1);
  goroutine(12, s2);
  for (auto& g : picture.goroutines) g.stack_pointer = g.stack_low + 32;
  s2[0] = at(c1);
  EXPECT_THAT(dead(), IsEmpty());  // its red zone
  picture.goroutines[1].state = events::goroutine_state::waiting;
  picture.goroutines[1].why = wait_reason::chan_recv;
  picture.goroutines[1].waits_on = 2;
  globals[0] = at(c2);
  EXPECT_THAT(dead(), ElementsAre(11));  // it can run, but what earlier calls have left there it will not use
}

TEST_F(proof, sleepers_and_waiters_for_io_can_run) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  waits(12, s2, wait_reason::sleep, 0);
  s2[0] = at(core);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, nil_channels_and_empty_selects_never_end) {
  waits(11, s1, wait_reason::chan_recv_nil, 0);
  waits(12, s2, wait_reason::select_no_cases, 0);
  EXPECT_THAT(dead(), ElementsAre(11, 12));
}

TEST_F(proof, a_select_lives_by_any_of_its_channels) {
  block &c1 = heap.make(), &c2 = heap.make();
  channel(1, c1), channel(2, c2);
  waiting->on_event({.what = events::kind::park_case, .g = 11, .obj = 1, .a = 0});
  waiting->on_event({.what = events::kind::park_case, .g = 11, .obj = 2, .a = 1});
  waiting->on_event({.what = events::kind::park, .g = 11, .a = static_cast<std::uint64_t>(wait_reason::select), .b = 2});
  waits(11, s1, wait_reason::select, 0);
  EXPECT_THAT(dead(), ElementsAre(11));
  globals[0] = at(c2);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, an_object_whose_place_is_not_known_proves_nothing) {
  waits(11, s1, wait_reason::chan_recv, 77);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, the_scheduler_knowing_a_goroutine_wakes_nobody_but_a_timer_may) {
  block& core = heap.make();
  block control{};
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  picture.goroutines.back().control_block = &control;
  picture.goroutines.back().control_block_size = sizeof control;
  s1[0] = at(core);
  globals[0] = at(control, 16);
  EXPECT_THAT(dead(), ElementsAre(11));
  words = {at(control, 16)};
  EXPECT_THAT(dead(), IsEmpty());
  words.clear();
  globals[0] = at(control, 40);  // into the closure: what it captured by value may be used from there
  control[6] = at(core);
  s1[0] = 0;
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_wait_group_on_the_stack_of_its_waiter) {
  objects->set_address(1, &s1[4]);
  waits(11, s1, wait_reason::wait_group_wait, 1);
  EXPECT_THAT(dead(), ElementsAre(11));
  goroutine(12, s2);
  s2[0] = at(s1, 16);  // an address of the frame it lies in is enough
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_lock_lives_by_its_holder_also_in_a_global) {
  block& core = heap.make();
  channel(2, core);
  objects->set_address(1, &globals);
  lock(12, 1);
  waits(11, s1, wait_reason::mutex_lock, 1);
  waits(12, s2, wait_reason::chan_recv, 2);
  s1[0] = at(core);     // only 11 could wake the holder
  globals[2] = at(s1);  // the lock's queue of waiters
  EXPECT_THAT(dead(), ElementsAre(11, 12));
}

TEST_F(proof, a_lock_whose_holder_runs) {
  objects->set_address(1, &globals);
  lock(12, 1);
  waits(11, s1, wait_reason::mutex_lock, 1);
  goroutine(12, s2);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_lock_whose_holder_has_ended) {
  objects->set_address(1, &globals);
  lock(12, 1);
  detector->on_event({.what = events::kind::go_end, .g = 12});
  waits(11, s1, wait_reason::mutex_lock, 1);
  EXPECT_THAT(dead(), ElementsAre(11));
}

TEST_F(proof, a_holder_outside_of_the_picture_is_a_thread_at_work) {
  objects->set_address(1, &globals);
  lock(12, 1);
  waits(11, s1, wait_reason::mutex_lock, 1);
  EXPECT_THAT(dead(), IsEmpty());
  detector->on_event({.what = events::kind::thread_end, .g = 12});
  EXPECT_THAT(dead(), ElementsAre(11));
}

TEST_F(proof, a_lock_of_the_systems_threads_counts_only_with_a_holder_who_is_dead) {
  block& core = heap.make();
  channel(2, core);
  waits(11, s1, wait_reason::thread_lock, 1);
  waits(12, s2, wait_reason::chan_recv, 2);
  s1[0] = at(core);
  EXPECT_THAT(dead(), IsEmpty());  // who holds it was never seen
  lock(12, 1);
  EXPECT_THAT(dead(), ElementsAre(11, 12));
}

TEST_F(proof, for_explaining_only_what_one_knows_itself_counts) {
  block &one = heap.make(), &two = heap.make();
  channel(1, one), channel(2, two);
  waits(11, s1, wait_reason::chan_recv, 1);
  waits(12, s2, wait_reason::chan_recv, 2);
  s1[0] = at(one), s1[1] = at(two);
  s2[0] = at(two);
  one[0] = at(s1, 8), two[0] = at(s2, 8);  // the queues of waiters
  leak_proof p(picture, *objects, *detector, *waiting, heap, {sizeof(block), sizeof(block), 32});
  EXPECT_EQ(p.run().size(), 2u);
  p.mark_from(0);
  EXPECT_TRUE(p.marks(2));
  p.mark_from(1);
  EXPECT_TRUE(p.marks(2));
  EXPECT_FALSE(p.marks(1));
}

TEST_F(proof, a_mutex_used_as_a_signal_has_no_holder) {
  objects->set_address(1, &globals);
  lock(12, 1), unlock(13, 1), lock(12, 1);
  waits(11, s1, wait_reason::mutex_lock, 1);
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, the_stack_of_a_goroutine_whose_signal_is_handled_elsewhere) {
  block& core = heap.make();
  channel(1, core);
  waits(11, s1, wait_reason::chan_recv, 1);
  auto& g = goroutine(12, s2);
  g.state = events::goroutine_state::running;
  s2[2] = at(core);
  for (std::uintptr_t elsewhere : {g.stack_high + 4096, g.stack_low - 4096}) {
    picture.goroutines[1].stack_pointer = elsewhere;
    EXPECT_THAT(dead(), IsEmpty());
  }
  s2[2] = 0;
  EXPECT_THAT(dead(), ElementsAre(11));
}

TEST_F(proof, a_writer_needs_every_reader_to_go_on) {
  objects->set_address(1, &globals);
  auto reads = [this](events::actor_id g) { detector->on_event({.what = events::kind::lock_acquire, .g = g, .obj = 1, .a = 1}); };
  reads(12), reads(13);
  waits(11, s1, wait_reason::exclusive_lock, 1);
  waits(12, s2, wait_reason::chan_recv_nil, 0);
  goroutine(13, s3);
  EXPECT_THAT(dead(), ElementsAre(11, 12));
  picture.goroutines[1].state = events::goroutine_state::runnable;
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, a_read_lock_that_another_unlocked_has_no_holder) {
  objects->set_address(1, &globals);
  auto of = [this](events::kind k, events::actor_id g) { detector->on_event({.what = k, .g = g, .obj = 1, .a = 1}); };
  of(events::kind::lock_acquire, 12), of(events::kind::lock_release, 13), of(events::kind::lock_acquire, 12);
  waits(11, s1, wait_reason::exclusive_lock, 1);
  waits(12, s2, wait_reason::chan_recv_nil, 0);
  EXPECT_THAT(dead(), ElementsAre(12));
}

TEST_F(proof, a_call_of_a_once_ends_with_its_caller_alone) {
  objects->set_address(1, &globals);
  objects->at(1).used.last_sender.store(12);
  waits(11, s1, wait_reason::once_call, 1);
  waits(12, s2, wait_reason::chan_recv_nil, 0);
  EXPECT_THAT(dead(), ElementsAre(11, 12));
  picture.goroutines[1].state = events::goroutine_state::running;
  EXPECT_THAT(dead(), IsEmpty());
}

TEST_F(proof, two_who_hold_what_the_other_waits_for_are_one_finding) {
  lock(11, 1), lock(12, 2);
  waits(11, s1, wait_reason::mutex_lock, 2);
  waits(12, s2, wait_reason::mutex_lock, 1);
  waits(13, s3, wait_reason::mutex_lock, 1);
  EXPECT_THAT(dead(), ElementsAre(11, 12, 13));
  live::iset<events::actor_id> judged;
  report_partial_deadlocks(picture, {{0, 1}, {1, 0}, {2, 0}}, *objects, *detector, env, judged);
  ASSERT_EQ(env.found.size(), 1u);
  EXPECT_EQ(env.found[0].kind, finding_kind::partial_deadlock);
  EXPECT_EQ(env.found[0].parties.size(), 2u);
  EXPECT_EQ(env.found[0].parties[0].locks.size(), 1u);
  EXPECT_EQ(judged.size(), 3u);
}

TEST_F(proof, who_waits_in_a_line_is_no_ring) {
  live::iset<events::actor_id> judged;
  waits(11, s1, wait_reason::mutex_lock, 2);
  waits(12, s2, wait_reason::mutex_lock, 1);
  report_partial_deadlocks(picture, {{0, 1}}, *objects, *detector, env, judged);
  EXPECT_TRUE(env.found.empty());
}

}  // namespace
}  // namespace gosan::sync
