#include <gosan/gosan.hpp>

#include <cstdlib>
#include <future>
#include <stdexcept>

void use(int);
bool may_fail();

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

void thrown_on() {
  gosan::go([] {
    try {
      process(1);
    } catch (...) {
      use(1);
      throw;  // expect: gosan-lost-exception
    }
  });
}

void thrown_on_by_the_one_that_takes_it() {
  gosan::go([] {
    try {
      throw std::runtime_error("no job");
    } catch (const std::logic_error&) {
      use(1);
    } catch (const std::exception&) {
      if (may_fail()) throw;  // expect: gosan-lost-exception
    }
  });
}

void no_handler_takes_it() {
  gosan::go([] {
    try {
      process(1);  // expect: gosan-lost-exception
    } catch (int) {
      use(1);
    }
  });
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

void thrown_on_to_a_handler_around() {
  gosan::go([] {
    try {
      try {
        process(1);
      } catch (...) {
        use(1);
        throw;
      }
    } catch (const std::exception&) {
      use(2);
    }
  });
}

// What another handler takes is not thrown on; nor is it known that anything comes to one that does.
void only_others_are_thrown_on() {
  gosan::go([] {
    try {
      process(1);
    } catch (const std::runtime_error&) {
      use(1);
    } catch (...) {
      throw;
    }
  });
}

void thrown_on_in_a_group() {
  gosan::errgroup group;
  group.go([] {
    try {
      process(1);
    } catch (...) {
      use(1);
      throw;
    }
  });
  group.wait();
}

// ---- To end there is meant ----

void* no_memory(std::size_t n) {
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}

template <typename T>
struct checked_pointer {
  T* p = nullptr;
  T* operator->() const {
    if (!p) throw std::runtime_error("null");
    return p;
  }
  T& operator*() const { return *operator->(); }
};

struct worker_state {
  int n = 0;
};

void takes_memory() {
  gosan::go([] { std::free(no_memory(8)); });
}

void looks_through_a_pointer(checked_pointer<worker_state> w) {
  gosan::go([w] { use(w->n + (*w).n); });
}

#include "macros_of_others.hpp"

void asserts_as_tests_do() {
  gosan::go([] { CHECK_OF_A_FRAMEWORK(may_fail()); });
}

#define THROW_IF(x) \
  if (x) throw std::runtime_error(#x)

void asserts_by_a_macro_of_its_own() {
  gosan::go([] {
    THROW_IF(may_fail());  // expect: gosan-lost-exception
  });
}

// ---- Each throw once ----

int looked_up(int n) {
  if (n < 0) throw 1;
  return n;
}
void several_calls_of_one_that_throws() {
  gosan::go([] {
    use(looked_up(1));  // expect: gosan-lost-exception
    use(looked_up(2) + looked_up(3));
  });
}
