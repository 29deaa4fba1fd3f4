"""The options of a launch: those of GPUs are accepted and have no effect."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Options:
    """What a kernel may be launched or tuned with.

    Attributes:
        debug: keep ``tl.device_assert``.
        sanitize_overflow: with ``debug``, check integer arithmetic for overflow.
        smt_api: generation of the smt language: ``"auto"``, ``"old"`` or ``"current"``.
        ir_override: a file that replaces the IR of the stage its name ends in.

    All others are about warps, blocks and registers of GPUs.
    """

    debug: bool = False
    sanitize_overflow: bool = True
    smt_api: str = "auto"
    ir_override: str | None = None

    num_warps: int = 4
    num_ctas: int = 1
    num_stages: int = 3
    warp_size: int = 1
    cluster_dims: tuple[int, ...] = (1, 1, 1)
    maxnreg: int | None = None
    enable_fp_fusion: bool = True
    launch_cooperative_grid: bool = False
    launch_pdl: bool = False
    enable_reflect_ftz: bool = True
    allow_flush_denorm: bool = False
    allow_fp8e4nv: bool = True
    waves_per_eu: int = 0
    matrix_instr_nonkdim: int = 0
    kpack: int = 1
    schedule_hint: str = "none"
    num_buffers_warp_spec: int = 0
    num_consumer_groups: int = 0
    reg_dec_producer: int = 0
    reg_inc_consumer: int = 0
    ptx_version: int | None = None
    ptx_options: str | None = None
    instrumentation_mode: str = ""
    arch: str | None = None
    backend_name: str = "smtir"
    extern_libs: tuple[tuple[str, str], ...] = ()
    supported_fp8_dtypes: tuple[str, ...] = (
        "fp8e5",
        "fp8e4nv",
        "fp8e4b8",
        "fp8e5b16",
        "fp8e4b15",
    )
    deprecated_fp8_dot_operand_dtypes: tuple[str, ...] = ()
    default_dot_input_precision: str = "ieee"
    allowed_dot_input_precisions: tuple[str, ...] = ("ieee", "tf32", "tf32x3")
    max_num_imprecise_acc_default: int = 0

    def __post_init__(self) -> None:
        if self.num_warps <= 0 or self.num_warps & (self.num_warps - 1):
            # As the backends of GPUs say it; a script that is wrong there is wrong here.
            raise AssertionError(f"num_warps must be a power of 2, got {self.num_warps}")

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Options:
        """Options from what Triton hands over; it refuses unknown names itself."""
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in given.items() if name in known and value is not None}
        if isinstance(libraries := values.get("extern_libs"), dict):
            values["extern_libs"] = tuple(sorted(libraries.items()))
        return cls(**values)

    def hash(self) -> str:
        """Of what has an effect; the rest must not make a kernel compile again."""
        effective = (self.debug, self.sanitize_overflow, self.smt_api, self.ir_override)
        return hashlib.sha256(repr(effective).encode()).hexdigest()
