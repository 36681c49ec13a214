; OFF: all
; Operations, sizes and orders.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

; CHECK-LABEL: define void @orders(
; CHECK: call i32 @__gosan_atomic32_load(ptr %p, i32 0)
; CHECK: call i32 @__gosan_atomic32_load(ptr %p, i32 2)
; CHECK: call i32 @__gosan_atomic32_load(ptr %p, i32 5)
; CHECK: call void @__gosan_atomic64_store(ptr %p, i64 1, i32 3)
; CHECK: call void @__gosan_atomic8_store(ptr %p, i8 1, i32 0)
; CHECK: call void @__gosan_atomic_thread_fence(i32 4)
; CHECK: fence syncscope("singlethread") seq_cst
define void @orders(ptr %p) {
  %a = load atomic i32, ptr %p monotonic, align 4
  %b = load atomic i32, ptr %p acquire, align 4
  %c = load atomic i32, ptr %p seq_cst, align 4
  store atomic i64 1, ptr %p release, align 8
  store atomic i8 1, ptr %p monotonic, align 1
  fence acq_rel
  fence syncscope("singlethread") seq_cst
  ret void
}

; CHECK-LABEL: define i1 @exchange(
; CHECK: %[[FOUND:.*]] = call i64 @__gosan_atomic64_compare_exchange(ptr %p, i64 %{{.*}}, i64 %{{.*}}, i32 4, i32 2)
; CHECK: icmp eq i64 %[[FOUND]], %{{.*}}
define i1 @exchange(ptr %p, ptr %old, ptr %new) {
  %pair = cmpxchg ptr %p, ptr %old, ptr %new acq_rel acquire, align 8
  %done = extractvalue { ptr, i1 } %pair, 1
  ret i1 %done
}

; CHECK-LABEL: define i32 @updates(
; CHECK: call i32 @__gosan_atomic32_exchange(
; CHECK: call i32 @__gosan_atomic32_fetch_add(
; CHECK: call i32 @__gosan_atomic32_fetch_sub(
; CHECK: call i32 @__gosan_atomic32_fetch_nand(
; An operation without a call of its own: a loop around compare-exchange.
; CHECK: call i32 @__gosan_atomic32_load(ptr %p, i32 0)
; CHECK: phi i32
; CHECK: icmp sgt
; CHECK: call i32 @__gosan_atomic32_compare_exchange(
; CHECK-NOT: atomicrmw
define i32 @updates(ptr %p) {
  %a = atomicrmw xchg ptr %p, i32 1 seq_cst
  %b = atomicrmw add ptr %p, i32 1 monotonic
  %c = atomicrmw sub ptr %p, i32 1 release
  %d = atomicrmw nand ptr %p, i32 1 acquire
  %e = atomicrmw max ptr %p, i32 1 acq_rel
  ret i32 %e
}
