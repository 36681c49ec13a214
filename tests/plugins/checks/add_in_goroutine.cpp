// fix-its: 2
#include <gosan/gosan.hpp>

void use(int);

// ---- What it flags ----

void counts_itself_in() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    gosan::go([&group] {  // note: add() belongs here
      group.add(1);  // expect: gosan-add-in-goroutine
      use(1);
      group.done();
    });
  }
  group.wait();
}

void enter(gosan::wait_group& group) { group.add(); }  // expect: gosan-add-in-goroutine
void by_a_helper() {
  gosan::wait_group group;
  gosan::go([&group] {
    enter(group);
    group.done();
  });
  group.wait();
}

// ---- Near misses ----

void counted_before() {
  gosan::wait_group group;
  group.add(1);
  gosan::go([&group] {
    use(1);
    group.done();
  });
  group.wait();
}

void counts_in_more() {
  gosan::wait_group group;
  group.go([&group] {
    group.add(1);
    gosan::go([&group] { group.done(); });
  });
  group.wait();
}

void a_group_of_its_own() {
  gosan::wait_group group;
  group.go([] {
    gosan::wait_group inner;
    inner.add(1);
    gosan::go([&inner] { inner.done(); });
    inner.wait();
  });
  group.wait();
}
