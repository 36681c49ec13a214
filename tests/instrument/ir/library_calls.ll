; Calls of the C library go to their instrumented versions; a function that only has such a name does not.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare i64 @strlen(ptr)
declare i32 @connect(ptr)

; CHECK-LABEL: define i64 @length(
; CHECK: call i64 @__gosan_strlen(ptr %s)
define i64 @length(ptr %s) {
  %n = call i64 @strlen(ptr %s)
  ret i64 %n
}

; CHECK-LABEL: define i32 @of_the_program(
; CHECK: call i32 @connect(ptr %s)
define i32 @of_the_program(ptr %s) {
  %n = call i32 @connect(ptr %s)
  ret i32 %n
}

; The lock inside libstdc++'s std::atomic<std::shared_ptr> is given back with an order.
; CHECK-LABEL: define void @_ZNKSt10_Sp_atomicISt10shared_ptrIiEE4loadESt12memory_order(
; CHECK: call void @_ZNKSt10_Sp_atomicISt10shared_ptrIiEE13_Atomic_count6unlockESt12memory_order(ptr %p, i32 4)
declare void @_ZNKSt10_Sp_atomicISt10shared_ptrIiEE13_Atomic_count6unlockESt12memory_order(ptr, i32)
define void @_ZNKSt10_Sp_atomicISt10shared_ptrIiEE4loadESt12memory_order(ptr %p, i32 %order) {
  call void @_ZNKSt10_Sp_atomicISt10shared_ptrIiEE13_Atomic_count6unlockESt12memory_order(ptr %p, i32 0)
  ret void
}
