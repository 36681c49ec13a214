// Roles: what a function, method or class is to the checks. Checks ask for roles, never for names.
//
// A role comes from the built-in table (role_table.def), from [[clang::annotate("gosan::ROLE")]] on a declaration, or from
// the file of roles that the user names. The annotation wins over the file, the file over the table.
#pragma once

#include "model/clang.hpp"

namespace gosan::checks {

// The first group are roles that users may give to their own functions and classes.
#define GOSAN_ROLES(X)                                                                                       \
  X(spawn) X(channel) X(make) X(send) X(try_send) X(recv) X(try_recv) X(range) X(close) X(group) X(add)      \
  X(done) X(wait) X(signal) X(mutex) X(lock) X(try_lock) X(unlock) X(lock_guard) X(scope_guard) X(cancel)    \
  X(block) X(call_now) X(rendezvous)                                                                         \
  X(query) X(select) X(recv_case) X(send_case) X(default_case) X(context) X(context_done) X(with_cancel)     \
  X(cancel_type) X(after) X(ticker) X(stop) X(tick_channel) X(detach) X(fatal_assert) X(open_file) X(file_mode)

enum class role : unsigned char {
  none,
#define GOSAN_DECLARE(name) name,
  GOSAN_ROLES(GOSAN_DECLARE)
#undef GOSAN_DECLARE
};

namespace props {
enum : unsigned {
  none = 0,
  counted = 1u << 0,        // spawn: the object counts the goroutine, and its wait() waits for it
  catches = 1u << 1,        // spawn: an exception that leaves the body is kept for the spawner
  daemon = 1u << 2,         // spawn: meant to outlive everything
  detached = 1u << 3,       // spawn: later, by a timer or a context
  joinable = 1u << 4,       // spawn: the result is a handle that is waited on
  joins_at_end = 1u << 5,   // the handle's destructor waits
  thread = 1u << 6,         // of OS threads, not of goroutines
  parks = 1u << 7,          // may park the goroutine
  blocks_thread = 1u << 8,  // may block the OS thread
  timed = 1u << 9,          // ends by itself after some time
  shared = 1u << 10,        // the read side of a lock
  recursive = 1u << 11,
  releases = 1u << 12,      // wait: gives up the lock it is handed meanwhile
  through_guard = 1u << 13, // the object is a guard of the lock, not the lock
  movable = 1u << 14,
  maybe = 1u << 15,         // call_now: calls its argument not every time
  query_only = 1u << 16,    // looks at the state of what it would wait for
  outside = 1u << 17,       // call_now: where blocking the OS thread is allowed
  one_of_many = 1u << 18,   // a case of a select that has others
  everyone = 1u << 19,      // wait: asked in a loop, it waits for all goroutines there are
  file = 1u << 20,          // block: the first argument is a descriptor, and a call on one that does not block returns at once
  c_name = 1u << 21,        // of a C function: a C++ function of that name is another one
};
}

struct role_entry {
  role what = role::none;
  unsigned properties = 0;
  bool has(unsigned p) const { return (properties & p) != 0; }
};

// "recv parks", "spawn thread joinable": a role, and the properties that users may give it, by name.
std::optional<role_entry> entry_named(llvm::StringRef words);
llvm::StringRef name_of(role r);
std::optional<role> role_named(llvm::StringRef name);

// "std::thread::join": without inline namespaces and template arguments.
std::string plain_name(const clang::NamedDecl& d);

class role_map {
 public:
  role_map();

  // Adds or replaces; name as in the table.
  void set(llvm::StringRef name, role_entry entry);

  // The role of what a call, a construction or an operator does; none when it has none.
  role_entry of(const clang::Expr& e) const;
  role_entry of(const clang::FunctionDecl& f, const clang::CXXRecordDecl* object_class = nullptr) const;
  // The role of a class as a type: channel, group, mutex, lock_guard, ...; of references and pointers to it too.
  role_entry of_type(clang::QualType t) const;
  role_entry of_class(const clang::CXXRecordDecl& c) const;
  // The role of the elements of a sequence of the standard library.
  role_entry of_elements(clang::QualType container) const;

 private:
  role_entry of_construction_in(const clang::CXXMemberCallExpr& c) const;
  role_entry look_up(llvm::StringRef name) const;
  role_entry compute(const clang::FunctionDecl& f, const clang::CXXRecordDecl* object_class) const;

  llvm::StringMap<role_entry> by_name_;
  llvm::StringMap<bool> last_parts_;  // so that most functions are dismissed without writing out their name
  mutable llvm::DenseMap<std::pair<const clang::Decl*, const clang::Decl*>, role_entry> known_;
};

}  // namespace gosan::checks
