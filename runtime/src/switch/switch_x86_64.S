// The System V x86-64 switch: six callee-saved registers and the return address.
// It leaves by an indirect jmp: the return predictor is wrong at every switch, and a mispredicted ret costs 10 ns.
#if defined(__x86_64__) && !defined(GOSAN_SWITCH_BOOST)
  .text
  .globl gosan_switch
  .hidden gosan_switch
  .type gosan_switch, @function
  .p2align 6
gosan_switch:                 // (rdi = void** from, rsi = void* to, rdx = void* value)
  .cfi_startproc
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  movq %rdx, %rax
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  popq %rcx
  .cfi_adjust_cfa_offset -8
  .cfi_register %rip, %rcx
  jmpq *%rcx
  .cfi_endproc
  .size gosan_switch, .-gosan_switch

  // The first frame of a goroutine: rax = value, r12 = entry. The undefined return address ends every stack walk here.
  .globl gosan_first_frame
  .hidden gosan_first_frame
  .type gosan_first_frame, @function
  .p2align 4
gosan_first_frame:
  .cfi_startproc
  .cfi_undefined %rip
  movq %rax, %rdi
  xorl %ebp, %ebp
  callq *%r12
  ud2
  .cfi_endproc
  .size gosan_first_frame, .-gosan_first_frame


#endif
  .section .note.GNU-stack, "", %progbits
