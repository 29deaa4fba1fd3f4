"""A compiled kernel: its stages, its snapshots, and running it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from smtir.arrays import Arrays, Pair
from smtir.compiler.activity import announce
from smtir.compiler.driver import lower, translate
from smtir.compiler.record import KernelInfo
from smtir.compiler.snapshots import Image, Snapshot, SnapshotTaker
from smtir.compiler.stages import STAGES, Stage, get_stage, position
from smtir.errors import LaunchError, UsageError
from smtir.host_descriptors import flatten
from smtir.mlir import ir
from smtir.rewrite.hazards import apart_pairs

if TYPE_CHECKING:
    from smtir.runtime import Executable

_GENERATED = ("llvmir", "asm")


class StageTexts(Mapping[str, str]):
    """Text by stage, in stage order; LLVM IR and assembly are made when first asked for."""

    def __init__(self, compilation: Compilation) -> None:
        self._compilation = compilation

    def __getitem__(self, name: str) -> str:
        if name in self._compilation.images:
            return self._compilation.images[name].text
        if name in self:
            return self._compilation.llvm_ir if name == "llvmir" else self._compilation.assembly
        raise KeyError(f"{name}: this compilation has {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._compilation.stage_names)

    def __len__(self) -> int:
        return len(self._compilation.stage_names)

    def __contains__(self, name: object) -> bool:
        return name in self._compilation.stage_names


class Compilation:
    """What ``smtir.compile`` returns.

    Attributes:
        kernel: name, origin, signature, constexprs, target.
        images: IR by MLIR stage.
        stages: text by stage.
    """

    def __init__(
        self,
        kernel: KernelInfo,
        target: Any,
        start: Stage,
        stop: Stage,
        images: dict[str, Image],
        module: ir.Module | None,
        llvm_ir: str = "",
    ) -> None:
        self.kernel = kernel
        self.target = target
        self.images = images
        self.stages: Mapping[str, str] = StageTexts(self)
        self._start = start
        self._stop = stop
        self._module = module
        self._variants: dict[Arrays, Compilation] = {}
        if llvm_ir:
            self.llvm_ir = llvm_ir

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Stages with text, in order."""
        reached = STAGES[position(self._start) : position(self._stop) + 1]
        return tuple(stage.name for stage in reached if stage.is_mlir or stage.name in _GENERATED)

    @functools.cached_property
    def snapshots(self) -> list[Snapshot]:
        """One a pass, in order.

        Compiling does not pay for them: the passes run again on first access, so ``seconds``
        are those of the second run.
        """
        if not self._start.is_mlir:
            return []
        taker = SnapshotTaker()
        module = self.images[self._start.name].module()
        lower(
            module,
            start=self._start,
            stop=self._stop,
            target=self.target,
            kernel=self.kernel.name,
            observers=[taker],
        )
        return taker.snapshots

    @functools.cached_property
    def llvm_ir(self) -> str:
        """LLVM IR as MLIR translates it."""
        if self._module is None or "llvm" not in self.images:
            raise UsageError(f"{self.kernel.name} was compiled only to the stage {self._stop.name}")
        return translate(self._module, self.kernel.name)

    @functools.cached_property
    def assembly(self) -> str:
        """Assembly for the target."""
        llvm_ir = self.llvm_ir
        announce("codegen", kernel=self.kernel.name, stage="asm", detail=self.target.name)
        return str(self.target.emit_assembly(llvm_ir))

    @functools.cached_property
    def object(self) -> bytes:
        """An object file for the target."""
        llvm_ir = self.llvm_ir
        announce("codegen", kernel=self.kernel.name, stage="object", detail=self.target.name)
        return bytes(self.target.emit_object(llvm_ir))

    @functools.cached_property
    def executable(self) -> Executable:
        """The kernel, loaded; ``executable(*args, grid=...)`` is what ``run`` does.

        Raises ``MissingToolError`` when the target needs a tool that is absent.
        """
        from smtir.runtime import KernelImage, load  # with LLVM's code generators: 50 ms

        code = self.object
        return load(KernelImage(self.kernel.name, self.kernel.signature, self.target, self.llvm_ir, code))

    def run(self, *args: Any, grid: Any, threads: int | None = None) -> None:
        """Run each program of ``grid`` (1 to 3 sizes, x first) once.

        Args:
            args: one for each parameter of the signature, in order: a NumPy array or CPU tensor
                for a pointer, written in place; a number for a scalar; for a descriptor that the
                host makes, a ``triton.tools.tensor_descriptor.TensorDescriptor``, or its base, sizes
                and strides one after another.
            grid: how many programs, as ``(x, y, z)``.
            threads: how many programs run at a time; by default the number of processors.

        Arrays may overlap, or be the same one.  Where the code takes them to be apart, the kernel is
        compiled again, on first use, so that each load is complete before a store that may change it.

        Raises:
            LaunchError: wrong arguments, or a crash on a target with a process of its own.
            MissingToolError: the target needs a tool that is absent.
        """
        from smtir.runtime.arguments import check_grid
        from smtir.runtime.overlap import arrays_of_launch

        executable = self.executable
        args = tuple(part for value in args for part in flatten(value))
        slots = executable.signature.encode(args)
        sizes = check_grid(self.kernel.name, grid)
        if self._start.name == "ttir" or self.apart:
            arrays = arrays_of_launch(args, self._pointers, executable.may_write, self.apart)
            executable = self.for_arrays(arrays).executable
        announce("run", kernel=self.kernel.name, detail=self.target.name)
        executable.run_encoded(args, slots, sizes, threads)
        announce("done", kernel=self.kernel.name)

    @functools.cached_property
    def _pointers(self) -> list[int]:
        """Positions of the pointer parameters."""
        return [position for position, type_ in enumerate(self.kernel.signature.values()) if type_[0] == "*"]

    @functools.cached_property
    def apart(self) -> set[Pair]:
        """Pairs of parameters whose arrays must share no memory; ``run`` sees to it.

        Others may be the same array, but if the kernel writes one of two, they must not overlap at
        different addresses.
        """
        return set() if self._module is None else apart_pairs(self._module)

    def for_arrays(self, arrays: Arrays) -> Compilation:
        """The kernel for arrays that lie as ``arrays`` says: itself, or compiled again.

        Raises ``LaunchError`` if it cannot be: it was compiled from a stage after the first.
        """
        if arrays is Arrays.APART:
            return self
        if self._start.name != "ttir":
            raise LaunchError(
                f"kernel {self.kernel.name}: arrays overlap that its IR takes to be apart",
                hint=f"compile it from the stage ttir, not {self._start.name}",
            )
        if arrays not in self._variants:
            module = self.images[self._start.name].module()
            images = lower(
                module,
                start=self._start,
                stop=get_stage("llvm"),
                target=self.target,
                kernel=self.kernel.name,
                arrays=arrays,
            )
            self._variants[arrays] = Compilation(
                self.kernel, self.target, self._start, get_stage("object"), images, module
            )
        return self._variants[arrays]

    def content(self, stage: str, *, locations: bool = False) -> bytes:
        """What a file with ``stage`` holds.  Raises ``UsageError`` if it was not reached."""
        get_stage(stage)
        if stage == "object":
            return self.object
        if stage not in self.stages:
            raise UsageError(
                f"{self.kernel.name} has no stage {stage}", hint=f"it has {', '.join(self.stages)}"
            )
        located = locations and stage in self.images
        text = self.images[stage].located_text if located else self.stages[stage]
        return (text if text.endswith("\n") else text + "\n").encode()

    def __repr__(self) -> str:
        return f"<Compilation of {self.kernel.name} for {self.target.name}: {', '.join(self.stages)}>"
