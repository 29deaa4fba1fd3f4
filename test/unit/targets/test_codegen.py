from __future__ import annotations

import llvm_kernels
import pytest

from smtir.errors import LoweringError, ParseError, VerifyError
from smtir.targets import elf, get_target

_VMADOT = """
define void @dot(ptr %a, ptr %b, ptr %c) {
  %x = load <vscale x 8 x i8>, ptr %a
  %y = load <vscale x 8 x i8>, ptr %b
  %z = load <vscale x 4 x i32>, ptr %c
  %r = call <vscale x 4 x i32> asm sideeffect \
"vsetvli zero, $4, e8, m1, ta, ma\\0A\\09smt.vmadot $0, $2, $3", \
"=^vr,0,^vr,^vr,r,~{vl},~{vtype}"(<vscale x 4 x i32> %z, <vscale x 8 x i8> %x, <vscale x 8 x i8> %y, i64 32)
  store <vscale x 4 x i32> %r, ptr %c
  ret void
}
!llvm.module.flags = !{!0}
!0 = !{i32 1, !"target-abi", !"lp64d"}
"""


@pytest.fixture(scope="module")
def add_ir() -> str:
    return llvm_kernels.llvm_ir(llvm_kernels.add("f32"))


@pytest.mark.parametrize("target", ["host", "k1"])
def test_an_object_offers_the_kernel_and_its_grid_entry(add_ir: str, target: str) -> None:
    code = get_target(target).emit_object(add_ir)
    if elf.is_elf(code):
        assert elf.defined(code) == {"add", "add__grid"}
        assert elf.undefined(code) == set()


def test_assembly_names_the_python_lines(add_ir: str) -> None:
    text = get_target("k1").emit_assembly(add_ir)
    assert '.file\t1 "kernel.py"' in text
    for line in (4, 5, 6):
        assert f"# kernel.py:{line}:" in text


def test_k1_code_has_vectors_but_no_zicond() -> None:
    body = """define void @f(ptr %p) {
      %x = load <8 x float>, ptr %p
      %y = fadd <8 x float> %x, %x
      store <8 x float> %y, ptr %p
      ret void }"""
    text = get_target("k1").emit_assembly(body)
    assert "vfadd.vv" in text
    assert "zicond" not in text


def test_object_and_assembly_do_not_depend_on_the_order_they_are_asked_for(add_ir: str) -> None:
    target = get_target("k1")
    before = target.emit_object(add_ir)
    text = target.emit_assembly(add_ir)
    assert target.emit_object(add_ir) == before
    assert target.emit_assembly(add_ir) == text


def test_malformed_ir_is_refused_with_its_position() -> None:
    with pytest.raises(ParseError, match="use of undefined value '%z'") as caught:
        get_target("k1").emit_assembly("define void @f() {\n  %y = add i32 %z, 1\n  ret void\n}")
    assert (caught.value.location.line, caught.value.location.column) == (2, 16)


def test_invalid_ir_is_refused() -> None:
    ir = "define void @f(i1 %c) {\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 1\n  br label %b\n"
    with pytest.raises(VerifyError, match="does not dominate"):
        get_target("k1").emit_assembly(ir + "b:\n  %y = add i32 %x, 1\n  ret void\n}")


def test_an_intrinsic_of_another_machine_is_refused() -> None:
    ir = "declare <4 x float> @llvm.x86.sse.rcp.ps(<4 x float>)\n"
    with pytest.raises(LoweringError, match=r"llvm\.x86\.sse\.rcp\.ps does not exist on the target k1"):
        get_target("k1").emit_object(ir)


def test_a_float_format_of_another_machine_is_refused() -> None:
    with pytest.raises(LoweringError, match="k1 has no x86_fp80"):
        get_target("k1").emit_object("define x86_fp80 @f(x86_fp80 %x) {\n  ret x86_fp80 %x\n}")


def test_a_calling_convention_of_another_machine_is_refused() -> None:
    with pytest.raises(LoweringError, match="host has no calling convention amdgpu_kernel"):
        get_target("host").emit_object("define internal amdgpu_kernel void @f() {\n  ret void\n}")


def test_a_function_bound_to_another_processor_is_refused() -> None:
    ir = 'define void @f() #0 {\n  ret void\n}\nattributes #0 = { "target-features"="-64bit" }'
    with pytest.raises(LoweringError, match=r"bound to a processor of its own \(-64bit\)"):
        get_target("k1").emit_object(ir)


def test_scalable_vectors_are_refused_where_the_machine_has_none() -> None:
    host = get_target("host")
    if not host.triple.startswith("x86_64"):
        pytest.skip("only x86 has no scalable vectors")
    with pytest.raises(LoweringError, match="no scalable vectors"):
        host.emit_object("define void @f(<vscale x 4 x i32> %x) {\n  ret void\n}")


@pytest.mark.zig
def test_inline_assembly_for_k1_goes_through_zig() -> None:
    target = get_target("k1")
    assert "smt.vmadot" in target.emit_assembly(_VMADOT)
    assert elf.defined(target.emit_object(_VMADOT)) == {"dot"}


@pytest.mark.zig
def test_wrong_inline_assembly_is_an_error_with_the_assemblers_words() -> None:
    with pytest.raises(LoweringError, match=r"no\.such\.instruction|unrecognized instruction"):
        get_target("k1").emit_object(
            'define void @f() {\n  call void asm sideeffect "no.such.instruction", ""()\n  ret void\n}'
        )
