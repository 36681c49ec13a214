#include <gosan/gosan.hpp>

#include <future>
#include <stdexcept>

void use(int);

void process(int n) {
  if (n == 2) throw std::runtime_error("no data");  // note: thrown here
}
void process_all(int n) { process(n); }
void never_throws() noexcept {}

// ---- What it flags ----

void thrown_by_a_function() {
  gosan::go([] { process(1); });  // expect: gosan-lost-exception
}

void thrown_by_a_function_of_a_function() {
  gosan::go([] { process_all(1); });  // expect: gosan-lost-exception
}

void thrown_in_the_body(bool bad) {
  gosan::go([bad] {
    if (bad) throw 1;  // expect: gosan-lost-exception
  });
}

void may_throw(int n, bool wanted = false) {
  if (wanted) throw n;
}
void passes_on(int n, bool wanted = false) { may_throw(n, wanted); }

void asked_to_throw() {
  gosan::go([] { passes_on(1, true); });  // expect: gosan-lost-exception
}

void asked_perhaps(bool wanted) {
  gosan::go([wanted] { passes_on(1, wanted); });  // expect: gosan-lost-exception
}

// ---- Near misses ----

void not_asked_to_throw() {
  gosan::go([] { passes_on(1); });
}

void kept_by_a_group() {
  gosan::errgroup group;
  group.go([] { process(1); });
  group.wait();
}

void kept_by_a_future() { std::async([] { process(1); }).get(); }

void caught() {
  gosan::go([] {
    try {
      process(1);
    } catch (const std::exception&) {
      use(1);
    }
  });
}

void says_so() {
  gosan::go([] { never_throws(); });
}

void checks_itself(int n) {
  if (n < 0) throw std::logic_error("a negative number");
}

void ends_as_by_an_assert() {
  gosan::go([] { checks_itself(1); });
}
