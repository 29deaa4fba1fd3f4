"""smtir: lower Triton kernels with spine-triton's smt primitives to RISC-V, and look at every step."""
