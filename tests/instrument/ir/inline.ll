; The check and the call stack as part of the code: the view of the running actor is reached through the segment each time.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

; CHECK-LABEL: define void @store(
; CHECK: asm "movq __gosan_thread@GOTTPOFF(%rip), $0"
; CHECK: load volatile i64, ptr addrspace(257)
; CHECK: call i64 @__gosan_func_entry(
; CHECK: @__gosan_shadow_root
; CHECK: load atomic i32, ptr %{{.*}} monotonic
; CHECK: call preserve_mostcc void @__gosan_missed_write4(ptr %p)
; CHECK: store i32 1, ptr %p
; CHECK: store volatile i64 %{{.*}}, ptr addrspace(257)
; CHECK-NEXT: ret void
define void @store(ptr %p) {
  store i32 1, ptr %p
  ret void
}
