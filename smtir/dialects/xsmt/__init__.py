"""SpacemiT's ``xsmt`` dialect: one class an operation.

The current generation (spine-triton since 2026-04), the first generation where old dumps need
it, and ``xsmt.insert`` of smtir's own.
"""

from __future__ import annotations

from smtir.dialects.xsmt.first_api import BindOp, DescriptorLoadOp, ViewOp, ViewPtrOp
from smtir.dialects.xsmt.memory import (
    AllocCopiesOp,
    AllocOp,
    BufferTensorViewOp,
    DescriptorLoadViewOp,
    SubviewOp,
    SubviewPackOp,
)
from smtir.dialects.xsmt.sync import (
    AnnotationOp,
    BarrierArriveOp,
    BarrierSetExpectOp,
    BarrierWaitOp,
    GetThreadOp,
    GlobalMBarrierInitOp,
    MBarrierCopiesOp,
    MBarrierCreateOp,
    MBarrierSubviewOp,
)
from smtir.dialects.xsmt.tiles import InsertOp, MMT4DOp, PackOp, RepackOp, UnpackOp

__all__ = [
    "AllocCopiesOp",
    "AllocOp",
    "AnnotationOp",
    "BarrierArriveOp",
    "BarrierSetExpectOp",
    "BarrierWaitOp",
    "BindOp",
    "BufferTensorViewOp",
    "DescriptorLoadOp",
    "DescriptorLoadViewOp",
    "GetThreadOp",
    "GlobalMBarrierInitOp",
    "InsertOp",
    "MBarrierCopiesOp",
    "MBarrierCreateOp",
    "MBarrierSubviewOp",
    "MMT4DOp",
    "PackOp",
    "RepackOp",
    "SubviewOp",
    "SubviewPackOp",
    "UnpackOp",
    "ViewOp",
    "ViewPtrOp",
]
