"""Triton's ``tt`` dialect as Triton 3.6 and 3.7 have it: one class an operation.

What Triton 3.2 to 3.9 print otherwise is read too, and becomes the present form: earlier names
(``former_names``), attributes (``former``), descriptor types without ``tensor``.

``tt.func`` and ``tt.return`` have none: inside a parsed module they are ``func.func`` and
``func.return`` (see ``smtir.dialects``).
"""

from __future__ import annotations

from smtir.dialects.tt.arith import (
    BitcastOp,
    ClampFOp,
    DotOp,
    DotScaledOp,
    ElementwiseInlineAsmOp,
    ExternElementwiseOp,
    FpToFpOp,
    MulhiUIOp,
    PreciseDivFOp,
    PreciseSqrtOp,
)
from smtir.dialects.tt.control import (
    AssertOp,
    CallOp,
    GetNumProgramsOp,
    GetProgramIdOp,
    MapElementwiseOp,
    MapElementwiseReturnOp,
    PrintOp,
    ReduceOp,
    ReduceReturnOp,
    ScanOp,
    ScanReturnOp,
)
from smtir.dialects.tt.descriptor import (
    DescriptorGatherOp,
    DescriptorLoadOp,
    DescriptorReduceOp,
    DescriptorScatterOp,
    DescriptorStoreOp,
    MakeTensorDescOp,
    ReinterpretTensorDescOp,
)
from smtir.dialects.tt.memory import (
    AddPtrOp,
    AdvanceOp,
    AtomicCASOp,
    AtomicRMWOp,
    IntToPtrOp,
    LoadOp,
    MakeTensorPtrOp,
    PtrToIntOp,
    StoreOp,
)
from smtir.dialects.tt.shape import (
    BroadcastOp,
    CatOp,
    ExpandDimsOp,
    GatherOp,
    HistogramOp,
    JoinOp,
    MakeRangeOp,
    ReshapeOp,
    SplatOp,
    SplitOp,
    TransOp,
    UnsplatOp,
)

__all__ = [
    "AddPtrOp",
    "AdvanceOp",
    "AssertOp",
    "AtomicCASOp",
    "AtomicRMWOp",
    "BitcastOp",
    "BroadcastOp",
    "CallOp",
    "CatOp",
    "ClampFOp",
    "DescriptorGatherOp",
    "DescriptorLoadOp",
    "DescriptorReduceOp",
    "DescriptorScatterOp",
    "DescriptorStoreOp",
    "DotOp",
    "DotScaledOp",
    "ElementwiseInlineAsmOp",
    "ExpandDimsOp",
    "ExternElementwiseOp",
    "FpToFpOp",
    "GatherOp",
    "GetNumProgramsOp",
    "GetProgramIdOp",
    "HistogramOp",
    "IntToPtrOp",
    "JoinOp",
    "LoadOp",
    "MakeRangeOp",
    "MakeTensorDescOp",
    "MakeTensorPtrOp",
    "MapElementwiseOp",
    "MapElementwiseReturnOp",
    "MulhiUIOp",
    "PreciseDivFOp",
    "PreciseSqrtOp",
    "PrintOp",
    "PtrToIntOp",
    "ReduceOp",
    "ReduceReturnOp",
    "ReinterpretTensorDescOp",
    "ReshapeOp",
    "ScanOp",
    "ScanReturnOp",
    "SplatOp",
    "SplitOp",
    "StoreOp",
    "TransOp",
    "UnsplatOp",
]
