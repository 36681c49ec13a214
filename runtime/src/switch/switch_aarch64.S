// The AAPCS64 switch: x19-x30 and the low halves of v8-v15.
#if defined(__aarch64__) && !defined(GOSAN_SWITCH_BOOST)
  .text
  .globl gosan_switch
  .hidden gosan_switch
  .type gosan_switch, %function
  .p2align 6
gosan_switch:                 // (x0 = void** from, x1 = void* to, x2 = void* value)
  .cfi_startproc
  stp x29, x30, [sp, #-160]!
  .cfi_def_cfa_offset 160
  .cfi_offset x29, -160
  .cfi_offset x30, -152
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  mov x0, x2
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  .cfi_def_cfa_offset 0
  .cfi_restore x29
  .cfi_restore x30
  br x30
  .cfi_endproc
  .size gosan_switch, .-gosan_switch

  // The first frame of a goroutine: x0 = value, x19 = entry.
  .globl gosan_first_frame
  .hidden gosan_first_frame
  .type gosan_first_frame, %function
  .p2align 4
gosan_first_frame:
  .cfi_startproc
  .cfi_undefined x30
  mov x29, xzr
  blr x19
  brk #1
  .cfi_endproc
  .size gosan_first_frame, .-gosan_first_frame


#endif
  .section .note.GNU-stack, "", %progbits
