"""The passes between two stages, in order; the comments say why the order is what it is."""

from __future__ import annotations

TTIR_TO_LINALG: list[str] = [
    "lift-cf-to-scf",  # an early return is a branch
    "inline-calls",
    "xsmt-barriers-to-calls",  # a barrier is not a pointer to carry
    # Pointers are carried as offsets from where they were made: buffers must be in place.
    "xsmt-alloc-to-memref",
    "tle-to-triton",
    "xsmt-upgrade",
    "triton-descriptor-arguments",
    "triton-carry-offsets",
    "canonicalize",
    "triton-to-memref",
    "xsmt-to-linalg",
    "tle-to-tensor",
    "canonicalize",
    "cse",
    "exchange-pairs",
    "triton-to-linalg",
    "xsmt-parallel-to-forall",
    "triton-kernel-signature",
    "convert-elementwise-to-linalg",
    "linalg-fold-unit-extent-dims",
    "canonicalize",
]

LINALG_TO_VECTOR: list[str] = [
    "flatten-locations",
    # One value for one window offset: bufferization compares offsets by identity.
    "cse",
    "unroll-single-trips",
    "clone-for-readers",
    "linalg-fuse-elementwise-ops",
    "fuse-into-reductions",
    "store-directly",
    "widen-i1-tensors",
    # Accumulators keep their buffers from here on.
    "lower-mmt4d",
    "widen-products",
    "emulate-float8",
    "emulate-bf16",
    "destination-style",
    "lower-packs",
    "one-shot-bufferize",
    "concurrent-iterations",  # loops whose iterations wait for one another
    "func.func(scf-forall-to-for)",
    "place-buffers",
    # The last step that sees whole blocks; what it emits needs no clean-up but cse's.
    "vectorize-linalg",
    "cse",
]

VECTOR_TO_LLVM: list[str] = [
    "expand-math",
    "no-library-calls",
    "addresses-to-llvm",
    "expand-strided-metadata",
    "lower-affine",
    "convert-scf-to-cf",
    "assertions-to-returns",  # a return ends the kernel: no loop may be around it
    "convert-func-to-llvm{use-bare-ptr-memref-call-conv=1}",
    # One conversion of everything: the single ones took 15 ms more on attention.
    "convert-to-llvm",
    "reconcile-unrealized-casts",
    "move-bf16-as-integers",
    "barriers-to-coroutines",
    "add-grid-entry",
    # Lines of the Python kernel down to the assembly's .loc directives.
    "ensure-debug-info-scope-on-llvm-func{emission-kind=LineTablesOnly}",
]
