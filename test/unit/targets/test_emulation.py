from __future__ import annotations

import struct

import pytest

from smtir.targets import get_target
from smtir.targets.emulation import converts_towards_zero, emulatable

CONVERSION = """
define <8 x i32> @f(<8 x float> %x) {
  %y = fptosi <8 x float> %x to <8 x i32>
  ret <8 x i32> %y
}
"""
SUM = """
define <8 x float> @f(<8 x float> %x) {
  %y = fadd <8 x float> %x, %x
  ret <8 x float> %y
}
"""


def test_conversions_are_found_at_any_even_address() -> None:
    conversion = struct.pack("<I", 0x4A839657)  # vfcvt.rtz.x.f.v v12, v8
    assert converts_towards_zero(conversion)
    assert converts_towards_zero(b"\0\0" + conversion + b"\0")
    assert not converts_towards_zero(b"\0" + conversion)
    assert not converts_towards_zero(struct.pack("<I", 0x4A809657))  # vfcvt.x.f.v v12, v8


@pytest.mark.zig
def test_code_with_a_conversion_is_assembled_again_without_it() -> None:
    target = get_target("k1")
    code = target.emit_object(CONVERSION)
    assert converts_towards_zero(code)
    assert not converts_towards_zero(emulatable(target, code, CONVERSION))


def test_other_code_stays_as_it_is() -> None:
    target = get_target("k1")
    code = target.emit_object(SUM)
    assert emulatable(target, code, SUM) is code
