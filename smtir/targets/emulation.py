"""Code for k1 as qemu can run it.

qemu-user 7.2, which Debian 12 has, ends in an assertion of its own at every conversion of a vector
to integers that rounds towards zero (``vfcvt.rtz.x.f.v`` and its kin).  The same conversion under
the rounding mode of ``frm`` works.  So a kernel with such an instruction is assembled again, with a
macro in its place that sets the mode for one instruction.
"""

from __future__ import annotations

import struct

from smtir.targets import zig
from smtir.targets.target import Target

_CONVERSIONS = [
    f"{operation}.rtz.{result}.f.{source}"
    for operation, source in (("vfcvt", "v"), ("vfwcvt", "v"), ("vfncvt", "w"))
    for result in ("x", "xu")
]
_TOWARDS_ZERO = 1
_MACRO = """
.macro {name} operands:vararg
  addi sp, sp, -16
  sd t0, 0(sp)
  csrrwi t0, frm, {mode}
  {same} \\operands
  csrw frm, t0
  ld t0, 0(sp)
  addi sp, sp, 16
.endm
"""
_MASK = 0xFC0FF07F
"""Of a vector instruction: funct6, vs1, funct3 and opcode."""
_ENCODINGS = frozenset(
    0b010010 << 26 | source << 15 | 0b001 << 12 | 0b1010111
    for source in (0b00110, 0b00111, 0b01110, 0b01111, 0b10110, 0b10111)
)


def converts_towards_zero(code: bytes) -> bool:
    """Whether object code may hold one of the conversions; data that looks like one counts."""
    return any(
        word & _MASK in _ENCODINGS
        for start in (0, 2)  # instructions begin at even addresses
        for (word,) in struct.iter_unpack("<I", code[start : start + (len(code) - start) // 4 * 4])
    )


def emulatable(target: Target, code: bytes, llvm_ir: str) -> bytes:
    """Object code of ``llvm_ir`` that qemu runs: ``code`` itself wherever it can."""
    if not llvm_ir or not converts_towards_zero(code):
        return code
    macros = "".join(
        _MACRO.format(name=name, mode=_TOWARDS_ZERO, same=name.replace(".rtz", "")) for name in _CONVERSIONS
    )
    return zig.assemble(target, macros + target.emit_assembly(llvm_ir))
