"""The entry that takes all arguments of a kernel in 64-bit slots, for both targets."""

from __future__ import annotations

import functools

from smtir.targets import Target

HARNESS_PREFIX = "smtir_harness_"
"""Begins the names of all functions that are ours and not the kernel's."""
ENTRY = HARNESS_PREFIX + "entry"
"""``void ENTRY(const uint64_t *slots, int64_t first, int64_t last)``: run the programs
``first <= id < last``.  The slots are the kernel's arguments, then the grid sizes x, y, z."""


@functools.lru_cache(maxsize=256)
def entry_object(target: Target, kernel: str, types: tuple[str, ...]) -> bytes:
    """Object code of the entry of ``kernel``, whose own parameters have the LLVM ``types``."""
    return target.emit_object(entry_ir(kernel, types))


def entry_ir(kernel: str, types: tuple[str, ...]) -> str:
    """LLVM IR that loads each argument from its slot and calls ``KERNEL__grid``."""
    loaded = [*types, "i32", "i32", "i32"]
    lines = [f"define void @{ENTRY}(ptr %slots, i64 %first, i64 %last) {{"]
    for index, kind in enumerate(loaded):
        lines.append(f"  %p{index} = getelementptr i64, ptr %slots, i64 {index}")
        lines.append(f"  %a{index} = load {kind}, ptr %p{index}, align 8")
    passed = [f"{kind} %a{index}" for index, kind in enumerate(loaded)]
    lines.append(f'  call void @"{kernel}__grid"({", ".join([*passed, "i64 %first", "i64 %last"])})')
    lines.append("  ret void\n}")
    lines.append(f'declare void @"{kernel}__grid"({", ".join([*loaded, "i64", "i64"])})')
    return "\n".join(lines) + "\n"
