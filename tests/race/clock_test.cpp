// The clocks against their naive twin: a map from actor to time, copied whole.
#include "race/clock.hpp"
#include "race/arrivals.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace gosan::race {
namespace {

using naive_clock = std::map<actor_number, ticks>;

void raise(naive_clock& c, actor_number n, ticks t) { c[n] = std::max(c[n], t); }
void join(naive_clock& c, const naive_clock& d) {
  for (auto [n, t] : d) raise(c, n, t);
}

clock_node* tree_of(const naive_clock& c) {
  clock_node* root = nullptr;
  for (auto [n, t] : c) root = clock_tree::raise(root, n, t);
  return root;
}

void expect_equal(const clock_node* root, const naive_clock& c, actor_number limit) {
  for (actor_number n = 0; n < limit; ++n) {
    auto it = c.find(n);
    ASSERT_EQ(clock_tree::find(root, n), it == c.end() ? 0u : it->second) << "actor " << n;
  }
}

naive_clock random_clock(std::mt19937& random, unsigned entries, actor_number limit) {
  naive_clock c;
  for (unsigned i = 0; i < entries; ++i) raise(c, random() % limit, random() % 9 + 1);
  return c;
}

TEST(clock_tree, merge_is_the_least_upper_bound) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 300; ++round) {
    const actor_number limit = 1u << (round % 11 + 1);
    naive_clock a = random_clock(random, random() % 60, limit), b = random_clock(random, random() % 60, limit);
    clock_node *x = tree_of(a), *y = tree_of(b), *m = clock_tree::merge(x, y);
    expect_equal(x, a, limit);
    expect_equal(y, b, limit);
    join(a, b);
    expect_equal(m, a, limit);
    for (clock_node* root : {x, y, m}) clock_tree::drop(root);
  }
  EXPECT_EQ(clock_tree::nodes_alive(), 0u);
}

TEST(clock_tree, several_updates_at_one_go_are_the_same_as_one_by_one) {
  std::mt19937 random(2);
  for (unsigned round = 0; round < 300; ++round) {
    const actor_number limit = 1u << (round % 11 + 1);
    naive_clock a = random_clock(random, random() % 60, limit), more = random_clock(random, random() % 60 + 1, limit);
    clock_node* const before = tree_of(a);
    std::vector<epoch> all;
    for (auto [n, t] : more) all.push_back(make_epoch(n, t));
    clock_node* const after = clock_tree::raise_all(clock_tree::share(before), all.data(), all.data() + all.size());
    expect_equal(before, a, limit);
    join(a, more);
    expect_equal(after, a, limit);
    clock_tree::drop(before);
    clock_tree::drop(clock_tree::raise_all(after, all.data(), all.data() + all.size()));
  }
  EXPECT_EQ(clock_tree::nodes_alive(), 0u);
}

TEST(clock_tree, an_update_leaves_other_owners_alone) {
  clock_node* a = tree_of({{1, 1}, {20, 2}, {300, 3}});
  clock_node* b = clock_tree::raise(clock_tree::share(a), 20, 9);
  EXPECT_EQ(clock_tree::find(a, 20), 2u);
  EXPECT_EQ(clock_tree::find(b, 20), 9u);
  clock_tree::drop(a);
  EXPECT_EQ(clock_tree::find(b, 300), 3u);
  clock_tree::drop(b);
  EXPECT_EQ(clock_tree::nodes_alive(), 0u);
}

TEST(clock_tree, merging_with_a_dominated_tree_makes_nothing) {
  clock_node* a = tree_of({{1, 5}, {70, 5}, {700, 5}});
  clock_node* b = tree_of({{1, 4}, {700, 5}});
  const auto nodes = clock_tree::nodes_alive();
  clock_node* m = clock_tree::merge(a, b);
  EXPECT_EQ(m, a);
  EXPECT_EQ(clock_tree::nodes_alive(), nodes);
  for (clock_node* root : {a, b, m}) clock_tree::drop(root);
}

// Actors that release to and acquire from objects at random: the invariant behind `cap` holds by construction, as it does in
// a program.
struct twin_actor {
  clock past;
  epoch now;
  naive_clock naive;
};

struct twin_object {
  clock carried;
  arrivals arrived;
  naive_clock naive;
};

class history : public ::testing::TestWithParam<unsigned> {};

TEST_P(history, knows_what_its_twin_knows) {
  std::mt19937 random(GetParam());
  const unsigned actors = random() % 40 + 2, objects = random() % 8 + 1, spread = random() % 2 ? 1 : 97;
  {
    std::vector<twin_actor> a(actors);
    std::vector<twin_object> o(objects);
    for (unsigned i = 0; i < actors; ++i) a[i].now = make_epoch(i * spread + 1, 1);
    auto snapshot = [](twin_actor& g, clock& c, naive_clock& n) {
      if (g.past.full()) g.past.fold(g.now);
      c = g.past;
      c.add(g.now, no_epoch);
      raise(g.naive, number_of(g.now), time_of(g.now));
      n = g.naive;
      ++g.now;
    };
    auto trade = [&](twin_actor& g, clock& c, naive_clock& n) {
      const naive_clock before = n;
      clock was = c;
      if (g.past.full()) g.past.fold(g.now);
      epoch taken[clock::places];
      const bool traded = c.trade(g.past, g.now, taken);
      if (!traded) c = g.past, c.put(g.now);
      raise(g.naive, number_of(g.now), time_of(g.now));
      n = g.naive;
      ++g.now;
      if (!traded) g.past.join(was, g.now);
      else g.past.add_taken(taken, g.now);
      join(g.naive, before);
    };
    for (unsigned step = 0; step < 400; ++step) {
      twin_actor& g = a[random() % actors];
      auto& [c, arrived, n] = o[random() % objects];
      const unsigned what = random() % 20 ? random() % 5 : 5;
      if (what != 5) arrived.settle(c);
      if (what == 0 || what == 4) arrived.forget();
      switch (what) {
        case 0: snapshot(g, c, n); break;
        // Many leave something before anybody takes it.
        case 5:
          for (unsigned i = random() % 200; i; --i) {
            twin_actor& other = a[random() % actors];
            arrived.leave(c, other.past, other.now);
            raise(other.naive, number_of(other.now), time_of(other.now));
            join(n, other.naive);
            ++other.now;
          }
          break;
        case 4: trade(g, c, n); break;
        case 1:
          c.join(g.past, no_epoch);
          c.add_fresh(g.now, no_epoch);
          raise(g.naive, number_of(g.now), time_of(g.now));
          join(n, g.naive);
          ++g.now;
          break;
        default:
          g.past.join(c, g.now);
          join(g.naive, n);
      }
      for (const twin_actor& other : a) {
        const epoch latest = other.now - 1;
        if (&other == &g || time_of(latest) == 0) continue;
        auto it = g.naive.find(number_of(latest));
        const ticks known = it == g.naive.end() ? 0 : it->second;
        for (ticks t : {known, known + 1})
          if (t) ASSERT_EQ(g.past.knows(make_epoch(number_of(latest), t)), t <= known) << "step " << step;
      }
    }
  }
  EXPECT_EQ(clock_tree::nodes_alive(), 0u);
}

INSTANTIATE_TEST_SUITE_P(seeds, history, ::testing::Range(1u, 61u));

// What joins look at must be what is new, not all that is known, though each of very many actors has added something to every line of objects.
struct crowd {
  static constexpr unsigned size = 20000;
  struct actor {
    clock past;
    epoch now;
  };
  std::vector<actor> actors{size};
  std::uint64_t before = 0;

  crowd() {
    const epoch maker = make_epoch(size + 1, 1);
    clock begin;
    for (unsigned i = 1; i <= size; ++i) begin.add(make_epoch(i, 1), maker);
    begin.fold(maker);
    begin.put(maker);
    for (unsigned i = 0; i < size; ++i) actors[i] = {begin, make_epoch(i + 1, 2)};
    before = clock_tree::nodes_compared();
  }
  std::uint64_t compared_each() const { return (clock_tree::nodes_compared() - before) / size; }
};

void leave(crowd::actor& a, clock& object) {
  if (a.past.full()) a.past.fold(a.now);
  object = a.past;
  object.put(a.now++);
}

void take_and_leave(crowd::actor& a, clock& object) {
  a.past.join(object, a.now);
  leave(a, object);
}

// An atomic, then a lock.
TEST(clock, going_from_object_to_object_looks_at_what_is_new) {
  crowd all;
  clock first, second;
  for (crowd::actor& a : all.actors) {
    take_and_leave(a, first);
    take_and_leave(a, second);
    ASSERT_TRUE(second.knows(a.now - 1));
    ASSERT_FALSE(first.knows(a.now - 1));
  }
  for (crowd::actor& a : all.actors) EXPECT_TRUE(second.knows(a.now - 1) && first.knows(a.now - 2));
  EXPECT_LT(all.compared_each(), 100u);
}

// All send to one actor, then take a lock, and again: the receiver is of another line than the lock.
TEST(clock, receiving_from_all_looks_at_what_is_new) {
  crowd all;
  crowd::actor receiver{{}, make_epoch(crowd::size + 2, 1)};
  clock lock;
  for (int turn = 0; turn < 3; ++turn)
    for (crowd::actor& a : all.actors) {
      clock message;
      leave(a, message);
      receiver.past.join(message, receiver.now);
      take_and_leave(a, lock);
      ASSERT_TRUE(receiver.past.knows(a.now - 2));
      ASSERT_FALSE(receiver.past.knows(a.now - 1));
    }
  EXPECT_LT(all.compared_each(), 300u);
}

}  // namespace
}  // namespace gosan::race
