// checks: -*,gosan-missing-unlock
// Exceptions that a callee throws between a lock and its unlock.
#include <gosan/gosan.hpp>

#include <mutex>
#include <stdexcept>
#include <string>

void use(int);

int parse(const std::string& text) {
  if (text.empty()) throw std::runtime_error("nothing to parse");  // note: thrown here
  return static_cast<int>(text.size());
}
int parse_twice(const std::string& text) { return parse(text) + parse(text); }

int parse_or(const std::string& text, int otherwise) {
  try {
    return parse(text);
  } catch (const std::exception&) {
    return otherwise;
  }
}

void expects(bool good) {
  if (!good) throw std::logic_error("a mistake in the program");
}

// ---- What it flags ----

class table {
 public:
  void add(const std::string& text) {
    mutex_.lock();        // note: locked here
    sum_ += parse(text);  // expect: gosan-missing-unlock
    mutex_.unlock();
  }
  void add_by_a_callee(const std::string& text) {
    mutex_.lock();
    sum_ += parse_twice(text);  // expect: gosan-missing-unlock
    mutex_.unlock();
  }
  void add_or_fail(const std::string& text) {
    std::unique_lock other(other_);
    mutex_.lock();
    try {
      sum_ += parse(text);
    } catch (const std::invalid_argument&) {
    }
    sum_ += parse(text);  // expect: gosan-missing-unlock
    mutex_.unlock();
  }

  // ---- Near misses ----

  void add_under_a_guard(const std::string& text) {
    std::lock_guard hold(mutex_);
    sum_ += parse(text);
  }
  void add_under_a_lock_that_comes_and_goes(const std::string& text) {
    std::unique_lock hold(mutex_, std::defer_lock);
    hold.lock();
    sum_ += parse(text);
    hold.unlock();
  }
  void add_and_unlock_in_the_end(const std::string& text) {
    mutex_.lock();
    gosan::defer unlock([this] { mutex_.unlock(); });
    sum_ += parse(text);
  }
  void add_what_is_parsed_before(const std::string& text) {
    int n = parse(text);
    mutex_.lock();
    sum_ += n;
    mutex_.unlock();
  }
  void add_what_cannot_throw(const std::string& text) {
    mutex_.lock();
    sum_ += parse_or(text, 0);
    mutex_.unlock();
  }
  void add_with_an_assertion(int n) {
    mutex_.lock();
    expects(n > 0);
    sum_ += n;
    mutex_.unlock();
  }
  void add_and_catch(const std::string& text) {
    mutex_.lock();
    try {
      sum_ += parse(text);
    } catch (...) {
      mutex_.unlock();
      throw;
    }
    mutex_.unlock();
  }

 private:
  std::mutex mutex_, other_;
  int sum_ = 0;
};

// An exception that leaves a goroutine ends the program: there is nobody left to wait for the lock.
void in_a_goroutine(gosan::mutex& m, const std::string& text) {
  gosan::go([&m, text] {
    m.lock();
    use(parse(text));
    m.unlock();
  });
}
