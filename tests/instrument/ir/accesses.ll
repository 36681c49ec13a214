; OFF: all
; Every kind of plain access, and what must stay as it is.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@constant = constant i32 7
@variable = global i32 7
@_ZTV4base = external constant { [4 x ptr] }

; CHECK-LABEL: define i32 @sizes(
; CHECK: call i64 @__gosan_func_entry(
; CHECK: call void @__gosan_read1(ptr %p)
; CHECK: call void @__gosan_read2(ptr %p)
; CHECK: call void @__gosan_write4(ptr %p)
; CHECK: call void @__gosan_write8(ptr %p)
; CHECK: call void @__gosan_write16(ptr %p)
; CHECK: call void @__gosan_func_exit(
; CHECK-NEXT: ret i32
define i32 @sizes(ptr %p) {
  %a = load i8, ptr %p
  %b = load i16, ptr %p, align 2
  store i32 1, ptr %p, align 4
  store i64 1, ptr %p, align 8
  store <4 x i32> zeroinitializer, ptr %p, align 16
  ret i32 0
}

; CHECK-LABEL: define void @odd_shapes(
; CHECK: call void @__gosan_unaligned_read4(ptr %p)
; CHECK: call void @__gosan_unaligned_write8(ptr %p)
; CHECK: call void @__gosan_write_range(ptr %p, i64 3)
; CHECK: call void @__gosan_read_range(ptr %p, i64 32)
define void @odd_shapes(ptr %p) {
  %a = load i32, ptr %p, align 2
  store i64 1, ptr %p, align 4
  store i24 1, ptr %p, align 4
  %b = load <8 x i32>, ptr %p, align 32
  ret void
}

; CHECK-LABEL: define i32 @unshared(
; CHECK-NOT: __gosan
; CHECK: ret i32
define i32 @unshared() {
  %local = alloca i32
  store i32 3, ptr %local
  %a = load i32, ptr %local
  %b = load i32, ptr @constant
  %c = load i32, ptr @variable, !nosanitize !0
  %sum = add i32 %a, %b
  ret i32 %sum
}

declare void @takes(ptr)

; CHECK-LABEL: define void @escaping_local(
; CHECK: call void @__gosan_write4(ptr %local)
define void @escaping_local() {
  %local = alloca i32
  call void @takes(ptr %local)
  store i32 3, ptr %local
  ret void
}

; CHECK-LABEL: define void @vtable_pointer(
; CHECK: call void @__gosan_vptr_write(ptr %object, ptr getelementptr
define void @vtable_pointer(ptr %object) {
  store ptr getelementptr inbounds ({ [4 x ptr] }, ptr @_ZTV4base, i64 0, i32 0, i64 2), ptr %object
  ret void
}

declare void @by_value(ptr byval(i64))

; CHECK-LABEL: define void @copied_argument(
; CHECK: call void @__gosan_read8(ptr %p)
; CHECK-NEXT: call void @by_value
define void @copied_argument(ptr %p) {
  call void @by_value(ptr byval(i64) align 8 %p)
  ret void
}

; CHECK-LABEL: define void @blocks(
; CHECK: call void @__gosan_read_range(ptr %q, i64 24)
; CHECK: call void @__gosan_write_range(ptr %p, i64 24)
; CHECK: call void @llvm.memcpy
; CHECK: call ptr @__gosan_memcpy(ptr %p, ptr %q, i64 %n)
; CHECK: call ptr @__gosan_memmove(ptr %p, ptr %q, i64 %n)
; CHECK: call ptr @__gosan_memset(ptr %p, i32 7, i64 %n)
define void @blocks(ptr %p, ptr %q, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 24, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %q, i64 %n, i1 false)
  call void @llvm.memmove.p0.p0.i64(ptr %p, ptr %q, i64 %n, i1 false)
  call void @llvm.memset.p0.i64(ptr %p, i8 7, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: define void @naked(
; CHECK-NOT: __gosan
; CHECK: unreachable
define void @naked() naked {
  call void asm sideeffect "ret", ""()
  unreachable
}

@text = private constant [21 x i8] c"gosan::no_instrument\00"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @exempt, ptr @text, ptr null, i32 1, ptr null }]

; CHECK-LABEL: define void @exempt(
; CHECK-NOT: __gosan
; CHECK: ret void
define void @exempt(ptr %p) {
  store i32 1, ptr %p
  ret void
}

; CHECK-LABEL: define void @_ZN5gosan4chanIiE4sendEi(
; CHECK-NOT: __gosan
; CHECK: ret void
define void @_ZN5gosan4chanIiE4sendEi(ptr %p) {
  store i32 1, ptr %p
  ret void
}

; CHECK-LABEL: define void @masked(
; CHECK: extractelement <2 x i1> %mask, i64 1
; CHECK: br i1
; CHECK: call void @__gosan_unaligned_write4(
; CHECK: call void @llvm.masked.store
define void @masked(ptr %p, <2 x i32> %v, <2 x i1> %mask) {
  call void @llvm.masked.store.v2i32.p0(<2 x i32> %v, ptr %p, i32 4, <2 x i1> %mask)
  ret void
}

; CHECK-LABEL: define internal void @gosan.module_init()
; CHECK: call void @__gosan_module_init(i32 {{[0-9]+}}, ptr @gosan.module_init)

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.masked.store.v2i32.p0(<2 x i32>, ptr, i32, <2 x i1>)
!0 = !{}
