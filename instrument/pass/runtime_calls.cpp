#include "runtime_calls.hpp"

#include <llvm/ADT/STLExtras.h>

using namespace llvm;

namespace gosan::instrument {

runtime_calls::runtime_calls(Module& module) : module_(module) {
  LLVMContext& context = module.getContext();
  void_ = Type::getVoidTy(context);
  pointer_ = PointerType::getUnqual(context);
  size_ = module.getDataLayout().getIntPtrType(context);
  int32_ = Type::getInt32Ty(context);
  int64_ = Type::getInt64Ty(context);
}

FunctionCallee runtime_calls::declare(const Twine& name, Type* result, ArrayRef<Type*> parameters) {
  // nomerge: two calls that differ only in their place must stay two, or reports would name the wrong line.
  AttributeList attributes;
  attributes = attributes.addFnAttribute(module_.getContext(), Attribute::NoUnwind);
  attributes = attributes.addFnAttribute(module_.getContext(), Attribute::NoMerge);
  // The runtime's compiler counts on small unsigned integers being extended by the caller.
  for (auto [index, type] : enumerate(parameters))
    if (type->isIntegerTy() && type->getIntegerBitWidth() < 32)
      attributes = attributes.addParamAttribute(module_.getContext(), index, Attribute::ZExt);
  if (result->isIntegerTy() && result->getIntegerBitWidth() < 32)
    attributes = attributes.addRetAttribute(module_.getContext(), Attribute::ZExt);
  return module_.getOrInsertFunction(name.str(), FunctionType::get(result, parameters, false), attributes);
}

FunctionCallee runtime_calls::access(access_kind kind, unsigned bytes, bool aligned) {
  const char* word = kind == access_kind::read ? "read" : kind == access_kind::write ? "write" : "read_write";
  return declare(Twine("__gosan_") + (aligned ? "" : "unaligned_") + word + Twine(bytes), void_, {pointer_});
}

FunctionCallee runtime_calls::missed(bool write, unsigned bytes) {
  FunctionCallee callee = declare(Twine("__gosan_missed_") + (write ? "write" : "read") + Twine(bytes), void_, {pointer_});
  if (auto* function = dyn_cast<Function>(callee.getCallee())) function->setCallingConv(CallingConv::PreserveMost);
  return callee;
}

FunctionCallee runtime_calls::range(bool write) {
  return declare(write ? "__gosan_write_range" : "__gosan_read_range", void_, {pointer_, size_});
}

FunctionCallee runtime_calls::loop(bool write) {
  return declare(write ? "__gosan_loop_write" : "__gosan_loop_read", void_, {pointer_, size_, size_});
}

FunctionCallee runtime_calls::vptr_write() {
  return declare("__gosan_vptr_write", void_, {pointer_, pointer_});
}

FunctionCallee runtime_calls::memcpy() {
  return declare("__gosan_memcpy", pointer_, {pointer_, pointer_, size_});
}

FunctionCallee runtime_calls::memmove() {
  return declare("__gosan_memmove", pointer_, {pointer_, pointer_, size_});
}

FunctionCallee runtime_calls::memset() {
  return declare("__gosan_memset", pointer_, {pointer_, int32_, size_});
}

FunctionCallee runtime_calls::atomic_load(unsigned bits) {
  Type* value = IntegerType::get(module_.getContext(), bits);
  return declare(Twine("__gosan_atomic") + Twine(bits) + "_load", value, {pointer_, int32_});
}

FunctionCallee runtime_calls::atomic_store(unsigned bits) {
  Type* value = IntegerType::get(module_.getContext(), bits);
  return declare(Twine("__gosan_atomic") + Twine(bits) + "_store", void_, {pointer_, value, int32_});
}

FunctionCallee runtime_calls::atomic_update(unsigned bits, StringRef operation) {
  Type* value = IntegerType::get(module_.getContext(), bits);
  return declare(Twine("__gosan_atomic") + Twine(bits) + "_" + operation, value, {pointer_, value, int32_});
}

FunctionCallee runtime_calls::atomic_compare_exchange(unsigned bits) {
  Type* value = IntegerType::get(module_.getContext(), bits);
  return declare(Twine("__gosan_atomic") + Twine(bits) + "_compare_exchange", value,
                 {pointer_, value, value, int32_, int32_});
}

FunctionCallee runtime_calls::fence() {
  return declare("__gosan_atomic_thread_fence", void_, {int32_});
}

FunctionCallee runtime_calls::func_entry() { return declare("__gosan_func_entry", int64_, {pointer_}); }
FunctionCallee runtime_calls::func_exit() { return declare("__gosan_func_exit", void_, {int64_}); }
FunctionCallee runtime_calls::func_resume() { return declare("__gosan_func_resume", void_, {int64_}); }

FunctionCallee runtime_calls::module_init() {
  return declare("__gosan_module_init", void_, {int32_, pointer_});
}

}  // namespace gosan::instrument
