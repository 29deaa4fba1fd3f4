"""What ``TRITON_INTERPRET=1`` needs to run kernels with smt and libdevice functions, and on NumPy arrays.

Triton's interpreter replaces the functions of ``triton.language`` while a kernel runs; ``extend``
makes it do the same with those of smt and of libdevice.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from typing import Any

from smtir.backend.outlining import outline_iterations

_LANGUAGES = ("smtir.language", "smtir.language.tle")
_LIBRARY = "smtir.language.libdevice"
_LIBRARY_PARTS = "smtir.language.library"
_EXTERNS = f"{_LIBRARY_PARTS}.externs"
_STUBS = "triton.language.extra.libdevice"
"""Triton's own module, whose functions do nothing."""
_SHAPES = ("shape", "micro_size", "packed_size", "tile_shape")
"""Parameters that the compiler knows as constexprs; the interpreter makes tensors of them on the way."""


class _Globals:
    """A kernel's global names as attributes, which is what the interpreter can restore."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__ = names


def extend(module: Any) -> None:
    """Teach the freshly loaded ``triton.runtime.interpreter`` the smt language and arrays."""
    _accept_arrays(module)
    outline_iterations(module)
    replace = module._patch_lang

    @functools.wraps(replace)
    def patch_language(fn: Any) -> Any:
        _accept_padding(module)  # not before: it needs all of Triton imported
        # What is not imported no kernel can name.
        with_smt, with_library = _LANGUAGES[0] in sys.modules, _STUBS in sys.modules
        # Before Triton replaces names in its own modules, which ours derive classes from.
        needed = ("smtir.frontend", "smtir.language.interpreted_buffers") if with_smt else ()
        for name in (*needed, *([_LIBRARY] if with_library else [])):
            importlib.import_module(name)
        scope = replace(fn)
        try:
            _fix_index(module, scope)
            if _LIBRARY in sys.modules:
                _replace_library(module, fn, scope)
            if with_smt:
                _replace_smt(module, fn, scope)
        except BaseException:
            scope.restore()
            raise
        return scope

    module._patch_lang = patch_language


def _fix_index(module: Any, scope: Any) -> None:
    """Triton's own asks NumPy for the int of an array of one element, which NumPy 2.4 refuses."""
    scope.set_attr(module.tl.tensor, "__index__", lambda self: int(self.handle.data.item()))


def _accept_arrays(module: Any) -> None:
    convert = module._implicit_cvt

    @functools.wraps(convert)
    def implicit_convert(value: Any) -> Any:
        import numpy as np

        if isinstance(value, (float, np.floating)):  # Triton's own leaves it a Python number
            type_ = module.tl.float32
            return module.tl.tensor(module.TensorHandle(np.array([value], np.float32), type_), type_)
        if isinstance(value, np.ndarray):
            from smtir.backend.hooks import pointer_type

            type_ = module.tl.str_to_ty(pointer_type(value.dtype, False), None)
            address = np.array([value.__array_interface__["data"][0]], np.uint64)
            return module.tl.tensor(module.TensorHandle(address, type_), type_)
        return convert(value.item() if isinstance(value, np.generic) else value)

    module._implicit_cvt = implicit_convert


def _accept_padding(module: Any) -> None:
    """``padding_option="neg_inf"`` and ``"inf"``: see ``smtir.frontend.padding``."""
    from smtir.frontend.padding import Padding, padding_option

    plain, kind = module.TritonSemantic, module.InterpreterBuilder
    if hasattr(plain, "knows_smt_padding"):
        return

    def option(semantic: Any, given: Any) -> Any:
        return padding_option(given) or plain._str_to_padding_option(semantic, given)

    members = {"_str_to_padding_option": option, "knows_smt_padding": True}
    module.TritonSemantic = type("Semantic", (plain,), members)
    module.interpreter_semantic.__class__ = module.TritonSemantic  # Triton 3.7 makes no others
    load, descriptor_load = kind.create_tensor_pointer_load, kind.create_descriptor_load

    def padded(builder: Any, pointers: Any, mask: Any, padding: str, *rest: Any) -> Any:
        element = pointers.get_element_ty()
        dtype = module._get_np_dtype(element)
        other = module.np.full_like(pointers.data, float(padding.replace("neg_", "-")), dtype=dtype)
        return builder.create_masked_load(pointers, mask, module.TensorHandle(other, element), *rest, False)

    def create_tensor_pointer_load(
        builder: Any, pointer: Any, boundary: Any, padding: Any, *rest: Any
    ) -> Any:
        if isinstance(padding, Padding):
            return padded(builder, *pointer.materialize_pointers(boundary), padding, *rest[:-1])
        return load(builder, pointer, boundary, padding, *rest)

    def create_descriptor_load(builder: Any, descriptor: Any, indices: Any, *rest: Any) -> Any:
        if isinstance(descriptor.padding, Padding):
            return padded(builder, *descriptor.materialize_pointers(indices), descriptor.padding, *rest)
        return descriptor_load(builder, descriptor, indices, *rest)

    kind.create_tensor_pointer_load = create_tensor_pointer_load
    kind.create_descriptor_load = create_descriptor_load


def _replace_smt(module: Any, fn: Any, scope: Any) -> None:
    """Let the smt functions that ``fn`` names run on NumPy, until ``scope`` is restored."""
    builder = module.interpreter_builder
    if not hasattr(builder, "smt_interpreter"):  # a kernel; a function that it calls shares its session
        _begin(module, fn, scope)
    holders = [sys.modules[name] for name in _LANGUAGES if name in sys.modules]
    functions = {
        id(value): value for holder in holders for value in vars(holder).values() if _is_builtin(value)
    }
    named = list(fn.__globals__.values())
    used = [holder for holder in holders if any(value is holder for value in named)]
    _replace(functions, used, module, fn, scope)


def _replace_library(module: Any, fn: Any, scope: Any) -> None:
    """Let the functions of libdevice run on NumPy, by whichever name ``fn`` knows them."""
    _evaluate_library(module)
    _open_library(module, scope)
    library, holders = sys.modules[_LIBRARY], [sys.modules[_LIBRARY]]
    # Where no name of theirs is replaced.
    functions = {id(value): value for value in vars(sys.modules[_EXTERNS]).values() if _is_builtin(value)}
    if stubs := sys.modules.get(_STUBS):
        holders.append(stubs)
        ours = vars(library)
        functions.update((id(stub), ours[name]) for name, stub in vars(stubs).items() if name in ours)
    _replace(functions, holders, module, fn, scope)


def _open_library(module: Any, scope: Any) -> None:
    """What the compiler sees of the functions written in Triton, and the interpreter does not."""
    from smtir.language.library import conversions, roundings

    for found in [value for name, value in sys.modules.items() if name.startswith(f"{_LIBRARY_PARTS}.")]:
        for name, value in list(vars(found).items()):
            if isinstance(value, module.tl.constexpr) and isinstance(value.value, tuple):
                scope.set_attr(found, name, value.value)  # it has a length then
    # Made by a function whose arguments they read: the interpreter, which goes by the source, sees none.
    for made in (*roundings.FUNCTIONS.values(), *conversions.FUNCTIONS.values()):
        module.InterpretedFunction.rewritten_fn[made.fn] = made.fn


def _replace(functions: dict[int, Any], holders: list[Any], module: Any, fn: Any, scope: Any) -> None:
    """In the modules ``holders`` and in what ``fn`` names, ``functions`` stand for what has their number."""
    for holder in (*holders, _Globals(fn.__globals__)):
        for name, value in list(vars(holder).items()):
            function = functions.get(id(value))
            if function is not None:
                scope.set_attr(holder, name, _interpreted(module, function))


def _is_builtin(value: Any) -> bool:
    return getattr(value, "__triton_builtin__", False) and not inspect.isclass(value)


def _evaluate_library(module: Any) -> None:
    """``tt.extern_elementwise``, which Triton's interpreter refuses, and ``tl.fma``, rounded once."""
    kind, tl = module.InterpreterBuilder, module.tl
    if hasattr(kind, "rounds_fma_once"):
        return

    def evaluated(builder: Any, symbol: str, arguments: list[Any], element: Any) -> Any:
        from smtir.language.interpreted_library import evaluate

        narrow = element == tl.bfloat16
        if narrow:  # arrays hold its bits
            arguments = [builder.create_fp_ext(argument, tl.float32) for argument in arguments]
        data = evaluate(symbol, [argument.data for argument in arguments])
        made = module.TensorHandle(data, tl.float32 if narrow else element)
        return builder.create_fp_trunc(made, tl.bfloat16) if narrow else made

    def create_extern_elementwise(
        builder: Any, name: str, path: str, symbol: str, arguments: list[Any], result: Any, is_pure: bool
    ) -> Any:
        return evaluated(builder, symbol, arguments, result.scalar)

    plain_fma, plain_splat = kind.create_fma, kind.create_splat

    def create_fma(builder: Any, x: Any, y: Any, z: Any) -> Any:
        element = x.get_element_ty()
        if element not in (tl.float64, tl.float32, tl.float16, tl.bfloat16):
            return plain_fma(builder, x, y, z)
        return evaluated(builder, "fma", [x, y, z], element)

    def create_splat(builder: Any, result: Any, value: Any) -> Any:
        # A comparison has the type of what it compares: as that, a bool cannot be combined with others.
        if value.data.dtype == bool:
            return module.TensorHandle(module.np.full(result.shape, value.data), tl.int1)
        return plain_splat(builder, result, value)

    kind.create_extern_elementwise = create_extern_elementwise
    kind.create_fma, kind.create_splat, kind.rounds_fma_once = create_fma, create_splat, True


def _begin(module: Any, fn: Any, scope: Any) -> None:
    """Give the builder a session for the kernel ``fn``, until ``scope`` is restored."""
    from smtir.language.interpreted import Interpreter, options_with
    from smtir.language.iterations import new_program
    from smtir.language.session import Session

    builder = module.interpreter_builder
    options = options_with(builder.options, Session(_api(fn), None))
    scope.set_attr(builder, "options", options)
    scope.set_attr(builder, "smt_interpreter", Interpreter(module, builder))
    begin_program = builder.set_grid_idx

    def set_grid_idx(*place: int) -> None:
        new_program()
        begin_program(*place)

    scope.set_attr(builder, "set_grid_idx", set_grid_idx)


@functools.lru_cache(maxsize=1024)
def _api(fn: Any) -> Any:
    from triton.runtime.jit import JITFunction

    from smtir.frontend import detect_api

    return detect_api(JITFunction(fn))


def _interpreted(module: Any, function: Any) -> Any:
    """``function`` of the language, with what the compiler's generator hands it."""
    if not _is_builtin(function):  # written in Triton, which interprets it
        return function
    from smtir.language.interpreted import Generator

    signature = inspect.signature(getattr(function, "__wrapped__", function))
    hidden = {"_semantic": module.interpreter_semantic, "_generator": Generator()}
    given = {name: value for name, value in hidden.items() if name in signature.parameters}

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind_partial(*args, **kwargs)
        for name in _SHAPES:
            if name in bound.arguments:
                bound.arguments[name] = _static(module, bound.arguments[name])
        return function(*bound.args, **bound.kwargs, **given)

    # Not a builtin any more: the interpreter must not wrap it again.
    call.__triton_builtin__ = False  # type: ignore[attr-defined]
    return call


def _static(module: Any, value: Any) -> Any:
    if not isinstance(value, tuple | list):
        return value
    return tuple(int(size) if isinstance(size, module.tl.tensor) else size for size in value)
