; OFF: all
; A function is entered once, left on every return, and running again at a landing pad.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare i32 @__gxx_personality_v0(...)
declare void @may_throw()
declare i32 @setjmp(ptr) returns_twice

; CHECK-LABEL: define void @catches(
; CHECK: %[[SITE:.*]] = call ptr @llvm.returnaddress(i32 0)
; CHECK: %[[FRAME:.*]] = call i64 @__gosan_func_entry(ptr %[[SITE]])
; CHECK: call void @__gosan_func_exit(i64 %[[FRAME]])
; CHECK-NEXT: ret void
; CHECK: landingpad
; CHECK-NEXT: catch
; CHECK-NEXT: call void @__gosan_func_resume(i64 %[[FRAME]])
; CHECK: call void @__gosan_func_exit(i64 %[[FRAME]])
; CHECK-NEXT: ret void
define void @catches() personality ptr @__gxx_personality_v0 {
  invoke void @may_throw() to label %good unwind label %bad
good:
  ret void
bad:
  %pad = landingpad { ptr, i32 } catch ptr null
  ret void
}

; CHECK-LABEL: define void @tail(
; CHECK: call void @__gosan_func_exit(
; CHECK-NEXT: musttail call void @may_throw()
; CHECK-NEXT: ret void
define void @tail() {
  musttail call void @may_throw()
  ret void
}

; CHECK-LABEL: define void @jumps_back(
; CHECK: call i32 @setjmp(
; CHECK-NEXT: call void @__gosan_func_resume(
define void @jumps_back(ptr %buffer) {
  %again = call i32 @setjmp(ptr %buffer) returns_twice
  ret void
}

; Nothing shared, nobody called: no frame.
; CHECK-LABEL: define i32 @pure(
; CHECK-NOT: __gosan
; CHECK: ret i32
define i32 @pure(i32 %x) {
  %y = add i32 %x, 1
  ret i32 %y
}
