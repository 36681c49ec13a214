// The functions of checker/race/abi.hpp as an instrumented module sees them, declared when first asked for.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <cstdint>

namespace gosan::instrument {

enum class access_kind : std::uint8_t { read, write, read_write };

class runtime_calls {
 public:
  explicit runtime_calls(llvm::Module& module);

  // REQUIRES: bytes is 1, 2, 4, 8 or 16.
  llvm::FunctionCallee access(access_kind kind, unsigned bytes, bool aligned);
  // For an aligned access whose inlined check has failed; to be called with PreserveMost.
  llvm::FunctionCallee missed(bool write, unsigned bytes);
  llvm::FunctionCallee range(bool write);
  llvm::FunctionCallee loop(bool write);
  llvm::FunctionCallee vptr_write();
  llvm::FunctionCallee memcpy();
  llvm::FunctionCallee memmove();
  llvm::FunctionCallee memset();

  llvm::FunctionCallee atomic_load(unsigned bits);
  llvm::FunctionCallee atomic_store(unsigned bits);
  llvm::FunctionCallee atomic_update(unsigned bits, llvm::StringRef operation);  // "exchange", "fetch_add", ...
  llvm::FunctionCallee atomic_compare_exchange(unsigned bits);
  llvm::FunctionCallee fence();

  llvm::FunctionCallee func_entry();
  llvm::FunctionCallee func_exit();
  llvm::FunctionCallee func_resume();
  llvm::FunctionCallee module_init();

 private:
  llvm::FunctionCallee declare(const llvm::Twine& name, llvm::Type* result, llvm::ArrayRef<llvm::Type*> parameters);

  llvm::Module& module_;
  llvm::Type *void_, *pointer_, *size_, *int32_, *int64_;
};

}  // namespace gosan::instrument
