; OFF: inline-checks,inline-frames,block-cover,loop-ranges
; No check where a covering one was made on every path before it, with nothing between that may synchronise.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @may_synchronise()

; CHECK-LABEL: define void @dominated(
; CHECK: call void @__gosan_write4(ptr %p)
; CHECK: left:
; CHECK-NOT: __gosan_read4
; CHECK: right:
; CHECK-NOT: __gosan_write4
; CHECK: ret void
define void @dominated(ptr %p, i1 %c) {
  store i32 1, ptr %p
  br i1 %c, label %left, label %right
left:
  %a = load i32, ptr %p
  br label %right
right:
  store i32 2, ptr %p
  ret void
}

; A read on one of two paths is no read on both, and one before a call is forgotten.
; CHECK-LABEL: define void @one_path(
; CHECK: left:
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: right:
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: call void @may_synchronise()
; CHECK: last:
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: ret void
define void @one_path(ptr %p, i1 %c) {
  br i1 %c, label %left, label %right
left:
  %a = load i32, ptr %p
  br label %right
right:
  %b = load i32, ptr %p
  call void @may_synchronise()
  br label %last
last:
  %d = load i32, ptr %p
  ret void
}

; The same value of the program is another address in each turn.
; CHECK-LABEL: define void @each_turn(
; CHECK: loop:
; CHECK: call void @__gosan_read4(ptr %p)
; CHECK: next:
; CHECK-NOT: __gosan_read4
; CHECK: ret void
define void @each_turn(ptr %first) {
  br label %loop
loop:
  %p = phi ptr [ %first, %0 ], [ %q, %next ]
  %a = load i32, ptr %p
  %q = getelementptr i8, ptr %p, i64 4
  %go = icmp ne i32 %a, 0
  br label %next
next:
  %b = load i32, ptr %p
  br i1 %go, label %loop, label %end
end:
  ret void
}
