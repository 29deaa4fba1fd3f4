"""What Triton offers no way to plug in, changed for kernels of this backend and for no others.

* ``ASTSource.make_ir`` generates code through smtir's frontend.
* ``JITFunction.run`` takes a short way where it can.
* The function that Triton makes for each kernel to find its arguments' types takes NumPy arrays
  and scalars.
* Another backend that claims every CPU target leaves those of our driver to us.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

from smtir.backend import NAME
from smtir.backend.options import Options
from smtir.runtime.addresses import address_of

_MARK = "_smtir_original"
NAN_PADDING = "N"
"""Specialization of a tensor descriptor whose outside reads as NaN."""
_NATIVE = frozenset({int, float, bool, str, type(None)})


def install() -> None:
    """Make the changes; a second call changes nothing."""
    _generate_through_frontend()
    _accept_arrays()
    _launch_fast()
    _claim_targets()


def keep_objects() -> None:
    """Have Triton's cache keep all stages: of "binaries only" it knows just those of GPUs."""
    from triton import knobs

    if knobs.compilation.store_binary_only:
        knobs.compilation.store_binary_only = False


def compile_always() -> None:
    """Leave Triton's cache unused, so that everything compiled is seen."""
    from triton import knobs

    knobs.compilation.always_compile = True


def _generate_through_frontend() -> None:
    from triton.compiler.compiler import ASTSource

    original = ASTSource.make_ir
    if hasattr(original, _MARK):
        return

    @functools.wraps(original)
    def make_ir(self: Any, target: Any, options: Any, *rest: Any, **named: Any) -> Any:
        if not isinstance(options, Options):
            return original(self, target, options, *rest, **named)
        from smtir.backend import generation

        return generation.make_ir(self, target, options)

    setattr(make_ir, _MARK, original)
    ASTSource.make_ir = make_ir


def _launch_fast() -> None:
    from triton.runtime.jit import JITFunction

    from smtir.backend.fast_launch import accelerate

    original = JITFunction.run
    if not hasattr(original, _MARK):
        run = functools.wraps(original)(accelerate(original))
        setattr(run, _MARK, original)
        JITFunction.run = run


def _accept_arrays() -> None:
    from triton.runtime import jit

    original = jit.create_function_from_signature
    if hasattr(original, _MARK):
        return
    native = jit.native_specialize_impl

    @functools.wraps(original)
    def create_function_from_signature(signature: Any, parameters: Any, backend: Any) -> Any:
        binder = original(signature, parameters, backend)
        from smtir.backend.compiler import SmtirBackend

        if isinstance(backend, SmtirBackend):
            # The generated function is the only one with these globals.
            binder.__globals__["specialize_impl"] = functools.partial(_specialize, native)
        return binder

    setattr(create_function_from_signature, _MARK, original)
    jit.create_function_from_signature = create_function_from_signature


def _specialize(native: Any, backend: Any, value: Any, is_const: bool, specialize: bool, align: bool) -> Any:
    """Type and specialization of an argument, as Triton's native function finds them."""
    kind = type(value)
    if kind in _NATIVE:
        return native(backend, value, is_const, specialize, align)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.ndarray):
            return _specialize_array(value, is_const, specialize, align)
        if isinstance(value, numpy.generic):
            return native(backend, value.item(), is_const, specialize, align)
        if isinstance(value, numpy.dtype) or (kind is type and issubclass(value, numpy.generic)):
            # A type in the place of an array of it, as ``warmup`` takes those of torch.
            return pointer_type(numpy.dtype(value), is_const), "D" if specialize and align else ""
    if kind is tuple and not all(type(element) in _NATIVE for element in value):
        pairs = [_specialize(native, backend, element, is_const, specialize, align) for element in value]
        return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    try:
        found = native(backend, value, is_const, specialize, align)
    except KeyError:
        raise TypeError(f"no Triton type has the layout of {getattr(value, 'dtype', kind)}") from None
    if getattr(value, "padding", None) == "nan" and str(found[0]).startswith("tensordesc"):
        return found[0], NAN_PADDING
    return found


def _specialize_array(array: Any, is_const: bool, specialize: bool, align: bool) -> tuple[str, str | None]:
    aligned = specialize and align and address_of(array) % 16 == 0
    return pointer_type(array.dtype, is_const), ("D" if aligned else "") if specialize else None


@functools.cache
def pointer_type(dtype: Any, is_const: bool) -> str:
    """Triton's type of a pointer to elements of a NumPy dtype.  Raises ``TypeError`` if there is none."""
    from triton._utils import canonicalize_ptr_dtype

    try:
        return str(canonicalize_ptr_dtype(dtype, is_const))
    except KeyError:
        raise TypeError(
            f"no Triton type has the layout of NumPy's {dtype!r}; convert the array with .astype()"
        ) from None


def is_ours(target: Any) -> bool:
    """Whether ``target`` is that of our driver, which is the active one."""
    from triton.runtime.driver import driver

    from smtir.backend.driver import CPUDriver

    active = driver._active
    return isinstance(active, CPUDriver) and bool(target == active.get_current_target())


def others_support(target: Any) -> bool:
    """Whether another installed backend says that ``target`` is its own."""
    return any(_original_support(found)(target) for found in _others())


def _others() -> list[Any]:
    from triton.backends import backends

    return [found for name, found in backends.items() if name != NAME]


def _original_support(found: Any) -> Any:
    support = found.compiler.supports_target
    return getattr(support, _MARK, support)


def _claim_targets() -> None:
    for found in _others():
        original = _original_support(found)
        if found.compiler.supports_target is not original:
            continue

        def supports_target(target: Any, original: Any = original) -> bool:
            return not is_ours(target) and bool(original(target))

        setattr(supports_target, _MARK, original)
        found.compiler.supports_target = staticmethod(supports_target)
