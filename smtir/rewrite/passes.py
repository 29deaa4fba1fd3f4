"""Definition, lookup and textual pipelines of passes.

A pass is a module of ``smtir.passes`` with one function under ``@define_pass``; the file
name is the pass name (``xsmt_to_linalg.py`` is ``xsmt-to-linalg``) and the keyword-only
parameters are its options::

    @define_pass
    def run(module: ir.Module, *, tile: int = 32) -> None: ...

A pipeline is text, as in mlir-opt: ``triton-to-linalg,canonicalize,my-pass{tile=8}``.  Names
that are not ours go to upstream's pass manager unchanged, nesting included.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smtir.errors import UsageError
from smtir.mlir import ir, passmanager

OptionValue = bool | int | str
PASS_PACKAGE = "smtir.passes"
_ELEMENT = re.compile(r"(?P<name>[\w.-]+)(?:\{(?P<options>.*)\})?\s*$", re.DOTALL)


@dataclass(frozen=True)
class Pass:
    """A pass of ours: ``name``, its function, and its options with their defaults."""

    name: str
    function: Callable[..., None]
    defaults: Mapping[str, OptionValue]
    doc: str


@dataclass(frozen=True)
class PipelineElement:
    """One step of a pipeline: a pass of ours with options, or upstream pipeline text."""

    text: str
    own: Pass | None
    options: Mapping[str, OptionValue]

    @property
    def name(self) -> str:
        return self.own.name if self.own else self.text

    def run(self, module: ir.Module) -> None:
        """Run on ``module`` in place.  Raises what the pass raises, ``ir.MLIRError`` included."""
        if self.own:
            with module.context, ir.Location.unknown():
                self.own.function(module, **self.options)
            return
        with module.context:
            passmanager.PassManager.parse(f"builtin.module({self.text})").run(module.operation)


_PASSES: dict[str, Pass] = {}


def define_pass(function: Callable[..., None]) -> Callable[..., None]:
    """Register ``function`` as the pass that its file is named after."""
    name = function.__module__.rpartition(".")[2].replace("_", "-")
    if name in _PASSES:
        raise ValueError(f"the pass {name} is defined twice")
    defaults: dict[str, OptionValue] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is not parameter.KEYWORD_ONLY or not isinstance(
            parameter.default, bool | int | str
        ):
            raise TypeError(
                f"{name}: option {parameter.name} must be keyword-only with a bool, int or str default"
            )
        defaults[parameter.name] = parameter.default
    doc = inspect.getdoc(inspect.getmodule(function)) or ""
    _PASSES[name] = Pass(name, function, defaults, doc)
    return function


def own_passes() -> Mapping[str, Pass]:
    """All passes of ours by name; imports the package's modules on first use."""
    package = importlib.import_module(PASS_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{PASS_PACKAGE}.{module.name}")
    return dict(sorted(_PASSES.items()))


def find_pass(name: str) -> Pass | None:
    """The pass of ours called ``name``, or None."""
    if name not in _PASSES:
        module = f"{PASS_PACKAGE}.{name.replace('-', '_')}"
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
    return _PASSES.get(name)


def parse_pipeline(text: str) -> list[PipelineElement]:
    """Split and check ``text``.  Raises ``UsageError`` on a bad option or an unknown pass."""
    return [_parse_element(piece) for piece in _split_top_level(text)]


def _split_top_level(text: str) -> list[str]:
    pieces, depth, start = [], 0, 0
    for position, char in enumerate(text):
        if char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
            if depth < 0:
                raise UsageError(f"unbalanced '{char}' at column {position + 1} of the pipeline {text!r}")
        elif char == "," and depth == 0:
            pieces.append(text[start:position])
            start = position + 1
    if depth:
        raise UsageError(f"unbalanced brackets in the pipeline {text!r}")
    pieces.append(text[start:])
    stripped = [piece.strip() for piece in pieces]
    if stripped == [""]:
        return []
    if "" in stripped:
        raise UsageError(f"empty element in the pipeline {text!r}", hint="remove the extra comma")
    return stripped


def _parse_element(text: str) -> PipelineElement:
    match = _ELEMENT.match(text)
    own = find_pass(match["name"]) if match else None
    if match and own:
        return PipelineElement(text, own, _parse_options(own, match["options"] or ""))
    try:
        passmanager.PassManager.parse(f"builtin.module({text})", context=_context())
    except ValueError as error:
        raise UsageError(
            f"unknown pass or bad options in {text!r}: {str(error).splitlines()[0]}",
            hint="'smtir opt --list-passes' prints the passes of smtir; any upstream MLIR pass works too",
        ) from None
    return PipelineElement(text, None, {})


def _context() -> ir.Context:
    from smtir.mlir import context

    return context()


def _parse_options(own: Pass, text: str) -> dict[str, OptionValue]:
    options: dict[str, OptionValue] = {}
    for word in text.split():
        key, _, value = word.partition("=")
        name = key.replace("-", "_")
        if name not in own.defaults:
            known = ", ".join(option.replace("_", "-") for option in own.defaults) or "none"
            raise UsageError(f"the pass {own.name} has no option {key!r}", hint=f"its options: {known}")
        options[name] = _convert(own, key, value, own.defaults[name])
    return options


def _convert(own: Pass, key: str, value: str, default: OptionValue) -> OptionValue:
    converters: dict[type, Callable[[str], Any]] = {
        bool: {"": True, "true": True, "1": True, "false": False, "0": False}.__getitem__,
        int: lambda digits: int(digits, 0),
        str: str,
    }
    try:
        converted: OptionValue = converters[type(default)](value)
    except (KeyError, ValueError):
        raise UsageError(
            f"option {key} of the pass {own.name}: expected {type(default).__name__}, got {value!r}"
        ) from None
    return converted
