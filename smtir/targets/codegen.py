"""LLVM IR to assembly and object code, in process with llvmlite.

LLVM ends the process on code that it cannot select, so the module is parsed and verified first,
and what is known to end in such an error is refused with a message.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import llvmlite.binding as llvm

from smtir.errors import LoweringError, ParseError, SourceLocation, VerifyError
from smtir.targets import zig

if TYPE_CHECKING:
    from smtir.targets.target import Target

CODEGEN_LEVEL = 2
"""LLVM's level for instruction selection, scheduling and register allocation, 0 to 3."""

_PARSE_POSITION = re.compile(r"<string>:(\d+):(\d+): (?:error: )?(.*)")
_INLINE_ASM = re.compile(r"^\s*module asm |\bcall\b[^;\n]*\basm\b", re.MULTILINE)
_FOREIGN_INTRINSIC = re.compile(r"@llvm\.(x86|aarch64|arm|riscv|amdgcn|nvvm|ppc|s390|wasm)\.[\w.]+")
_ODD_FLOATS = ("x86_fp80", "ppc_fp128")
_FOREIGN_CONVENTION = re.compile(
    r" (amdgpu_\w+|spir_\w+|ptx_\w+|x86_\w+cc|arm_\w+cc|avr_\w+|cc \d+) [^@%\n]*@"
)
_OWN_PROCESSOR = re.compile(r'"target-(?:cpu|features)"="([^"]*)"')


class HostMachine(NamedTuple):
    """Triple, processor and features of this machine in LLVM's words."""

    triple: str
    cpu: str
    features: str


@functools.cache
def host_machine() -> HostMachine:
    """What LLVM finds out about this machine."""
    return HostMachine(
        llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    )


def emit_assembly(target: Target, llvm_ir: str) -> str:
    """Assembly text; see ``Target.emit_assembly``."""
    if has_inline_asm(llvm_ir) and not target.is_host:
        return zig.compile_llvm_ir(target, _checked_text(target, llvm_ir), "-S").decode()
    text: str = target_machine(target).emit_assembly(_module(target, llvm_ir))
    return text


def emit_object(target: Target, llvm_ir: str) -> bytes:
    """Relocatable object code; see ``Target.emit_object``."""
    if has_inline_asm(llvm_ir) and not target.is_host:
        return zig.compile_llvm_ir(target, _checked_text(target, llvm_ir), "-c")
    code: bytes = target_machine(target).emit_object(_module(target, llvm_ir))
    return code


def has_inline_asm(llvm_ir: str) -> bool:
    """Whether the module holds inline assembly, which llvmlite cannot assemble for RISC-V."""
    return " asm " in llvm_ir and _INLINE_ASM.search(llvm_ir) is not None


@functools.cache
def _initialize() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    llvm.initialize_native_asmparser()


@functools.cache
def target_machine(target: Target) -> Any:
    """LLVM's code generator for ``target``; made once."""
    _initialize()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu,
        features=target.features,
        opt=CODEGEN_LEVEL,
        reloc="pic" if target.is_host else "static",
        # RISC-V's "small" reaches only the lowest 2 GB, where the linker puts static programs.
        codemodel="default",
        abiname=target.abi,
    )
    machine.set_asm_verbosity(True)
    return machine


@functools.cache
def jit(target: Target) -> Any:
    """What links object code for ``target``, the host, into this process."""
    return llvm.create_lljit_compiler(target_machine(target), use_jit_link=True, suppress_errors=True)


def parse_llvm_ir(llvm_ir: str) -> Any:
    """A verified llvmlite module.  Raises ``ParseError`` or ``VerifyError``."""
    _initialize()
    try:
        module = llvm.parse_assembly(llvm_ir)
    except RuntimeError as error:
        found = _PARSE_POSITION.search(str(error))
        if found is None:
            raise ParseError(f"malformed LLVM IR: {error}") from None
        place = SourceLocation("<llvm ir>", int(found[1]), int(found[2]))
        raise ParseError(f"malformed LLVM IR: {found[3]}", location=place) from None
    try:
        module.verify()
    except RuntimeError as error:
        raise VerifyError(f"invalid LLVM IR: {str(error).strip()}") from None
    return module


def _check(target: Target, llvm_ir: str) -> None:
    """Refuse what LLVM would end the process on."""
    own = {"x86_64": "x86", "aarch64": "aarch64", "riscv64": "riscv"}.get(target.triple.partition("-")[0], "")
    for found in _FOREIGN_INTRINSIC.finditer(llvm_ir):
        if found[1] != own:
            raise LoweringError(
                f"the intrinsic {found[0]} does not exist on the target {target.name} ({target.triple})",
                op=found[0],
                hint="compile the kernel again for this target",
            )
    for odd in _ODD_FLOATS:
        if own != "x86" and odd in llvm_ir:
            raise LoweringError(f"the target {target.name} has no {odd} numbers")
    if (convention := _FOREIGN_CONVENTION.search(llvm_ir)) is not None:
        raise LoweringError(f"the target {target.name} has no calling convention {convention[1]}")
    if (processor := _OWN_PROCESSOR.search(llvm_ir)) is not None:
        raise LoweringError(
            f"a function is bound to a processor of its own ({processor[1]}), not that of {target.name}",
            hint='remove the attributes "target-cpu" and "target-features" from the IR',
        )
    if own == "x86" and "<vscale x " in llvm_ir:
        raise LoweringError(f"the target {target.name} has no scalable vectors")


def _checked_text(target: Target, llvm_ir: str) -> str:
    parse_llvm_ir(llvm_ir)
    _check(target, llvm_ir)
    return llvm_ir


@functools.lru_cache(maxsize=4)
def _optimized_bitcode(target: Target, llvm_ir: str) -> bytes:
    """The module after LLVM's passes, kept so that assembly and object share the work."""
    module = parse_llvm_ir(llvm_ir)
    _check(target, llvm_ir)
    machine = target_machine(target)
    module.triple = target.triple
    module.data_layout = str(machine.target_data)
    if "@llvm.coro." in llvm_ir:
        split_coroutines(module, machine)
    optimize(module, machine)
    bitcode: bytes = module.as_bitcode()
    return bitcode


def forget() -> None:
    """Drop what was kept of earlier modules; for measurements."""
    _optimized_bitcode.cache_clear()


def _module(target: Target, llvm_ir: str) -> Any:
    # Code generation changes the module, so each emission reads it afresh.
    return llvm.parse_bitcode(_optimized_bitcode(target, llvm_ir))


def split_coroutines(module: Any, machine: Any) -> None:
    """Make functions of each coroutine: to start, resume and end it (part of LLVM's ``-O0``)."""
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=0))
    builder.getModulePassManager().run(module, builder)


def optimize(module: Any, machine: Any) -> None:
    """The few LLVM passes that pay: the code arrives vectorized and with loops as they should be.

    For one block of attention on k1, milliseconds of processor time in LLVM and instructions executed:
    none 120 and 119.0 k, these 158 and 110.5 k, ``-O1`` 248 and 101.2 k, ``-O3`` 269 and 101.0 k
    (``tools/bench/compile.py --llvm-passes``).
    """
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes = llvm.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_loop_rotate_pass()
    passes.add_instruction_combine_pass()
    passes.run(module, builder)
