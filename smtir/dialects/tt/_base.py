"""The ``tt`` dialect itself and the enumerations of its attributes.

The numbers are those of Triton 3.6 and 3.7; the generic form of an operation shows them.
"""

from __future__ import annotations

from smtir.asm.attributes import Enum
from smtir.mlir import cext, ir


@cext.register_dialect
class _Dialect(ir.Dialect):
    DIALECT_NAMESPACE = "tt"


AXIS = Enum("program axis", {"x": 0, "y": 1, "z": 2})
CACHE = Enum("cache modifier", {"none": 1, "ca": 2, "cg": 3, "wb": 4, "cs": 5, "wt": 6, "cv": 7})
EVICTION = Enum("eviction policy", {"evict_normal": 1, "evict_first": 2, "evict_last": 3})
PADDING = Enum("padding", {"zero": 1, "nan": 2, "neg_inf": 3, "inf": 4})
"""Triton has the first two, spine-triton all."""
ATOMIC_OP = Enum(
    "atomic operation",
    {
        "and": 1,
        "or": 2,
        "xor": 3,
        "add": 4,
        "fadd": 5,
        "max": 6,
        "min": 7,
        "umax": 8,
        "umin": 9,
        "exch": 10,
    },
)
ORDERING = Enum("memory ordering", {"relaxed": 1, "acquire": 2, "release": 3, "acq_rel": 4})
SCOPE = Enum("synchronization scope", {"gpu": 1, "cta": 2, "sys": 3})
ROUNDING = Enum("rounding mode", {"rtz": 0, "rtne": 1})
PROPAGATE_NAN = Enum("NaN propagation", {"none": 0, "all": 0xFFFF})
PRECISION = Enum("input precision", {"tf32": 0, "tf32x3": 1, "ieee": 2, "bf16x3": 3, "bf16x6": 4})
REDUCTION = Enum(
    "descriptor reduction",
    {"add": 1, "min": 2, "max": 3, "inc": 4, "dec": 5, "and": 6, "or": 7, "xor": 8},
)
