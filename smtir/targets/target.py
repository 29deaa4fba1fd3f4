"""The targets: ``host``, ``k1``, and every SpacemiT architecture id that spine-triton knows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from smtir.errors import UsageError
from smtir.rewrite.machine import Machine
from smtir.targets import codegen
from smtir.targets.micro_tiles import MicroTile, known_tiles


@dataclass(frozen=True)
class Target:
    """A machine that code is generated for.

    Attributes:
        name: ``host`` or ``k1``.
        arch_id: SpacemiT's architecture id (``0x503C``), empty for the host.
        triple: LLVM target triple.
        cpu: LLVM's name of the processor.
        features: LLVM feature string; added to what ``cpu`` implies.
        abi: RISC-V ABI name, empty where the triple decides.
        machine: its vector registers.
        micro_tiles: the first of ``known_tiles`` by element type of A and B (``f16``, ``f32``).
        storage_bytes: size by storage that ``smt.alloc`` can name (``tcm``, ``l2``), as far as known.
        aliases: other names that :func:`get_target` takes for this target.
    """

    name: str
    triple: str
    cpu: str
    features: str = ""
    abi: str = ""
    arch_id: str = ""
    machine: Machine = field(default_factory=Machine)
    micro_tiles: Mapping[str, MicroTile] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    storage_bytes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    aliases: tuple[str, ...] = ()

    @property
    def is_host(self) -> bool:
        """Whether code for this target runs in this process."""
        return self.name == "host"

    def emit_assembly(self, llvm_ir: str) -> str:
        """Assembly text of a module in LLVM IR.

        Raises ``ParseError`` or ``VerifyError`` on wrong IR and ``LoweringError`` on IR that this
        target has no code for.
        """
        return codegen.emit_assembly(self, llvm_ir)

    def emit_object(self, llvm_ir: str) -> bytes:
        """Relocatable object code of a module in LLVM IR; raises as :meth:`emit_assembly`."""
        return codegen.emit_object(self, llvm_ir)


class _Chip(NamedTuple):
    core: str
    storage_bytes: dict[str, int]


_K1_STORAGE = {"tcm": 512 * 1024, "l2": 512 * 1024}
"""K1: 512 KB of tightly coupled memory on cluster 0, 512 KB of L2 a cluster."""

_CHIPS = {
    "0x503C": _Chip("x60", _K1_STORAGE),
    "0x5064": _Chip("x100", {}),
    "0x50C8": _Chip("x200", {}),
    "0xA03C": _Chip("a60", _K1_STORAGE),
    "0xA064": _Chip("a100", {}),
    "0xA0C8": _Chip("a200", {}),
    "0xF000": _Chip("a200m", {}),
}
"""Architecture ids as spine-triton names them.  LLVM 22 has a model of the X60 alone; code for
it (RVV 1.0, at least 256 bits a vector register) is what all of them are given."""


def _k1(arch_id: str) -> Target:
    chip = _CHIPS[arch_id]
    return Target(
        name="k1",
        triple="riscv64-unknown-linux-musl",
        cpu="spacemit-x60",
        # qemu-user 7.2 has no zicond, and the code is no faster with it on an in-order core.
        features="-zicond",
        abi="lp64d",
        arch_id=arch_id,
        machine=Machine(),
        micro_tiles=MappingProxyType({row.element: row.tile for row in reversed(known_tiles(arch_id))}),
        storage_bytes=MappingProxyType(chip.storage_bytes),
        aliases=(arch_id, chip.core, f"spacemit-{chip.core}"),
    )


@functools.cache
def host_target() -> Target:
    """This machine, with the features that LLVM finds in its processor."""
    found = codegen.host_machine()
    return Target(
        name="host",
        triple=found.triple,
        cpu=found.cpu,
        features=found.features,
        machine=_host_registers(found),
    )


def _host_registers(found: codegen.HostMachine) -> Machine:
    features = frozenset(found.features.split(","))
    if "+avx512vl" in features:
        # Products gain from 512 bits; for all else k1 and the host get the same vectors.
        return Machine(vector_bits=256, register_bits=512, registers=32, register_group=1)
    if "+avx2" in features:
        return Machine(vector_bits=256, register_bits=256, registers=16, register_group=1)
    # Of others, AArch64 has 32 registers.
    many = found.triple.startswith(("aarch64", "arm64"))
    return Machine(vector_bits=128, register_bits=128, registers=32 if many else 16, register_group=1)


@functools.cache
def _riscv_targets() -> Mapping[str, Target]:
    by_name = {"k1": _k1("0x503C")}
    for arch_id in _CHIPS:
        made = _k1(arch_id)
        by_name |= {alias.lower(): made for alias in made.aliases}
    return MappingProxyType(by_name)


def target_names() -> list[str]:
    """Every name that :func:`get_target` takes, aliases included."""
    return ["host", "k1", *(alias for arch_id in _CHIPS for alias in _k1(arch_id).aliases)]


def get_target(name: str) -> Target:
    """The target called ``name``: ``host``, ``k1``, an architecture id or a core (``x60``).

    Upper and lower case are the same.  Raises ``UsageError`` on an unknown name.
    """
    key = name.strip().lower()
    if key == "host":
        return host_target()
    found = _riscv_targets().get(key)
    if found is None:
        raise UsageError(f"unknown target {name!r}", hint=f"the targets: {', '.join(target_names())}")
    return found
