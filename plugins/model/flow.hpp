// The flow of one body: Clang's CFG, with every element that matters to a check turned into a step.
//
// Steps stand in evaluation order. Destructors are steps too: a guard's end is an unlock, a call of its function, or the
// call of the destructor of the user's own class. Places are in terms of the body's own parameters and variables.
//
// Exceptions: a `throw` leaves by the destructors of what is in scope, to the handler around it or out of the body. A call
// within a try block may leave to the handler. Any other call is taken to return: else every body would have a path that
// skips everything, and nothing said about such paths would be worth reading.
#pragma once

#include "model/place.hpp"

namespace gosan::checks {

class unit;

enum class step_kind : unsigned char {
  op,       // something with a role, on `where`
  call,     // of a function whose body is known: `callee`, `entry`
  unknown,  // a call of a function that nothing is known of; `handed` are the places it gets
  spawn,    // a goroutine starts: `spawned`
  access,   // of `variable`: of the thread, made from one of the thread, or captured by reference; `how`; null: of a captured `this`
  dies,     // the life of `variable` ends
  returns,
  throws,
};

// What is followed of one body only up to a number, so that generated code cannot hang the compiler.
enum class limit : unsigned char { paths, operations, goroutines };

// How a thread_local variable is used. The last three are of a local variable: it gets a reference to one, gets a copy of
// one, and is used itself.
enum class access : unsigned char { none, read, write, up, down, refers, copies, use };

// A start of a goroutine.
struct spawn_site {
  const clang::Expr* expr = nullptr;
  role_entry entry;
  const clang::FunctionDecl* body = nullptr;    // null: not known
  const clang::LambdaExpr* lambda = nullptr;    // when the body is one
  const clang::Expr* callable = nullptr;
  const clang::CallExpr* coroutine = nullptr;   // the call whose frame is run: it keeps the references that its parameters are
  llvm::SmallVector<const clang::Expr*, 4> arguments;  // handed to the body
  binding bound;
  place group;   // what counts it, for spawns that are methods of a group
  place handle;  // the variable that joins it, for joinable spawns
  bool in_loop = false;
  bool detached = false;  // joinable, but given up at once

  // Whether the handle went where this unit's text does not follow it: a container, a return value.
  bool handle_is_elsewhere() const { return entry.has(props::joinable) && !handle && !detached; }
};

struct step {
  step_kind kind = step_kind::op;
  role what = role::none;
  unsigned properties = 0;
  bool certain = true;  // false: may also not happen
  bool implicit = false;  // on the way of an exception of some call, to a handler
  place where{};
  const clang::Stmt* origin = nullptr;
  clang::SourceLocation at{};
  const clang::FunctionDecl* callee = nullptr;
  std::shared_ptr<const binding> entry{};
  std::shared_ptr<const spawn_site> spawned{};
  const clang::VarDecl* variable = nullptr;
  access how = access::none;
  bool all_turns = false;  // on the way out of a loop: what each of its turns has done
  llvm::SmallVector<place, 2> handed{};
  place once{};  // of a call: what runs it once, and lets nobody else by meanwhile

  bool has(unsigned p) const { return (properties & p) != 0; }
};

// Whether the part is s, or lies within.
bool contains(const clang::Stmt* s, const clang::Stmt* part);

// The handler of t that takes what is thrown; null: none does.
const clang::CXXCatchStmt* handler_taking(const clang::CXXThrowExpr& thrown, const clang::CXXTryStmt& t);

// What lies around a statement: a chain from the inside out.
struct scope {
  enum class kind : unsigned char { body, loop, branch, try_block, variable } what;
  const clang::Stmt* stmt = nullptr;        // loop, if, try
  const clang::VarDecl* variable = nullptr;
  const scope* outer = nullptr;
};

class flow {
 public:
  // Null when Clang cannot make a CFG of it (broken code).
  static std::unique_ptr<flow> of(const clang::FunctionDecl& f, unit& in);
  flow(const flow&) = delete;

  const clang::FunctionDecl& function() const { return function_; }
  const clang::CFG& cfg() const { return *cfg_; }
  const std::vector<step>& steps(const clang::CFGBlock& b) const { return steps_[b.getBlockID()]; }
  // How many of b's steps come before its n-th element.
  unsigned steps_before(const clang::CFGBlock& b, unsigned n) const { return firsts_[b.getBlockID()][n]; }
  // Steps on the edge from b to its n-th successor.
  const std::vector<step>* edge_steps(const clang::CFGBlock& b, unsigned n) const;
  // Whether the edge is one a path takes: exists, and is no exception of a call outside of any try block, nor one that the
  // handlers of the block do not name.
  bool is_path(const clang::CFGBlock& b, unsigned n) const;
  const scope* scope_of(const clang::Stmt* s) const { return scopes_.lookup(s); }
  const clang::Stmt* loop_around(const clang::Stmt* s) const;
  bool is_within(const clang::Stmt* s, const clang::Stmt* loop) const;
  // The loop of which a call of begin() is the start.
  const clang::Stmt* range_loop_of(const clang::Stmt* begin) const;
  bool is_conditional(const clang::Stmt* s) const;
  // Whether v is made anew in each turn of the innermost loop around s, before s.
  bool is_of_same_turn(const clang::VarDecl* v, const clang::Stmt* s) const;
  bool in_try(const clang::Stmt* s) const;
  // Every step of the body in no particular order of paths.
  template <class F>
  void each(F f) const {
    for (auto& list : steps_)
      for (const step& s : list) f(s);
  }
  // The variables that the body declares.
  template <class F>
  void each_variable(F f) const {
    for (auto& s : all_scopes_)
      if (s->what == scope::kind::variable) f(*s->variable);
  }
  // Of this body not all was followed.
  void give_up(limit reached) const { given_up_.insert(reached); }
  const std::set<limit>& given_up() const { return given_up_; }
  // What the way of an exception does that leaves the body from a statement outside of any try block: the ends of what is in scope.
  std::vector<step> unwound_from(const clang::Stmt* s, unit& in) const;
  // Where a path that ends with b leaves the body: its return or throw, else the closing brace.
  clang::SourceLocation leaves_at(const clang::CFGBlock& b) const;

 private:
  explicit flow(const clang::FunctionDecl& f) : function_(f) {}
  friend class flow_builder;

  const clang::FunctionDecl& function_;
  std::unique_ptr<clang::CFG> cfg_;
  mutable std::set<limit> given_up_;
  llvm::DenseSet<const clang::CFGBlock*> lets_through_;  // the ends of try blocks that throw, in plain sight, what no handler names
  std::vector<std::vector<step>> steps_;  // by block id
  std::vector<std::vector<unsigned>> firsts_;  // by block id, of each element: its first step
  std::map<std::pair<unsigned, unsigned>, std::vector<step>> edges_;
  llvm::DenseMap<const clang::Stmt*, const scope*> scopes_;
  std::vector<std::unique_ptr<scope>> all_scopes_;
};

}  // namespace gosan::checks
