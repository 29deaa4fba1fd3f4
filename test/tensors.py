"""What stands for tensors of torch, which need not be installed."""

from __future__ import annotations

import numpy as np


class Storage:
    """As much of the storage of a tensor as is looked at."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def data_ptr(self) -> int:
        return self._array.ctypes.data

    def nbytes(self) -> int:
        return self._array.nbytes


class Tensor:
    """As much of a torch.Tensor as is looked at."""

    def __init__(
        self, array: np.ndarray, dtype: str, device: str = "cpu", storage: np.ndarray | None = None
    ) -> None:
        self._array = array
        self._storage = array if storage is None else storage
        self.dtype = type("dtype", (), {"__str__": lambda _: f"torch.{dtype}"})()
        self.device = type("device", (), {"type": device, "__str__": lambda _: f"{device}:0"})()
        self.shape = array.shape

    def data_ptr(self) -> int:
        return self._array.ctypes.data

    def element_size(self) -> int:
        return self._array.itemsize

    def untyped_storage(self) -> Storage:
        return Storage(self._storage)

    def stride(self) -> tuple[int, ...]:
        return tuple(step // self._array.itemsize for step in self._array.strides)
