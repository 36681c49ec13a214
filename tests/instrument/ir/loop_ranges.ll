; OFF: inline-checks,inline-frames
; One check before a loop for what each turn accesses, when no turn may synchronise.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @may_synchronise()

; CHECK-LABEL: define i32 @sum(
; CHECK: call void @__gosan_loop_read(ptr %p, i64 %{{.*}}, i64 4)
; CHECK: loop:
; CHECK-NOT: __gosan_read
; CHECK: ret i32
define i32 @sum(ptr %p, i64 %n) {
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %before, label %end
before:
  br label %loop
loop:
  %i = phi i64 [ 0, %before ], [ %next, %loop ]
  %s = phi i32 [ 0, %before ], [ %t, %loop ]
  %q = getelementptr inbounds i32, ptr %p, i64 %i
  %v = load i32, ptr %q
  %t = add i32 %s, %v
  %next = add nuw nsw i64 %i, 1
  %go = icmp slt i64 %next, %n
  br i1 %go, label %loop, label %end
end:
  %r = phi i32 [ 0, %0 ], [ %t, %loop ]
  ret i32 %r
}

; A fixed place: one check. A place that is not reached in each turn: left where it is.
; CHECK-LABEL: define void @fixed_and_sometimes(
; CHECK: before:
; CHECK: call void @__gosan_read_write4(ptr %total)
; CHECK: sometimes:
; CHECK: call void @__gosan_write4(ptr %q)
; CHECK: ret void
define void @fixed_and_sometimes(ptr %p, ptr %total, i64 %n) {
before:
  br label %loop
loop:
  %i = phi i64 [ 0, %before ], [ %next, %latch ]
  %v = load i32, ptr %total
  %w = add i32 %v, 1
  store i32 %w, ptr %total
  %q = getelementptr inbounds i32, ptr %p, i64 %i
  %odd = icmp eq i32 %w, 7
  br i1 %odd, label %sometimes, label %latch
sometimes:
  store i32 1, ptr %q
  br label %latch
latch:
  %next = add nuw nsw i64 %i, 1
  %go = icmp slt i64 %next, %n
  br i1 %go, label %loop, label %end
end:
  ret void
}

; CHECK-LABEL: define void @synchronises(
; CHECK: loop:
; CHECK: call void @__gosan_write4(
; CHECK: call void @may_synchronise()
; CHECK: ret void
define void @synchronises(ptr %p, i64 %n) {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %q = getelementptr inbounds i32, ptr %p, i64 %i
  store i32 1, ptr %q
  call void @may_synchronise()
  %next = add nuw nsw i64 %i, 1
  %go = icmp slt i64 %next, %n
  br i1 %go, label %loop, label %end
end:
  ret void
}

; Every second element: a range would name what is not accessed.
; CHECK-LABEL: define void @gaps(
; CHECK: loop:
; CHECK: call void @__gosan_write4(
; CHECK: ret void
define void @gaps(ptr %p, i64 %n) {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %q = getelementptr inbounds i32, ptr %p, i64 %i
  store i32 1, ptr %q
  %next = add nuw nsw i64 %i, 2
  %go = icmp slt i64 %next, %n
  br i1 %go, label %loop, label %end
end:
  ret void
}
