; OFF: inline-checks,inline-frames
; One check where another of the same stretch covers it; both where something between them may synchronise.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @may_synchronise()

; CHECK-LABEL: define void @increment(
; CHECK-NOT: __gosan_read4
; CHECK: call void @__gosan_read_write4(ptr %p)
; CHECK-NOT: __gosan_{{read|write}}
; CHECK: ret void
define void @increment(ptr %p) {
  %old = load i32, ptr %p
  %new = add i32 %old, 1
  store i32 %new, ptr %p
  ret void
}

; CHECK-LABEL: define void @twice(
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK-NOT: call void @__gosan_read4
; CHECK: ret void
define void @twice(ptr %p) {
  %a = load i32, ptr %p
  %b = load i32, ptr %p
  ret void
}

; CHECK-LABEL: define void @call_between(
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: call void @may_synchronise()
; CHECK: call void @__gosan_write4(ptr %p)
define void @call_between(ptr %p) {
  %a = load i32, ptr %p
  call void @may_synchronise()
  store i32 1, ptr %p
  ret void
}

; A smaller access does not cover a larger one, a read no write.
; CHECK-LABEL: define void @not_covered(
; CHECK: call void @__gosan_write1(ptr %p)
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: ret void
define void @not_covered(ptr %p) {
  store i8 1, ptr %p
  %a = load i32, ptr %p
  ret void
}
