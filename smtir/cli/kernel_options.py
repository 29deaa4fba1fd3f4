"""The options by which every command takes a kernel, and what they mean."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from smtir.errors import UsageError

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class KernelChoice:
    """KERNEL with its options, as the user gave them."""

    name: str
    signature: dict[str, str]
    constexprs: dict[str, Any]
    target: str | None
    smt_api: str


def kernel_options(function: _Function) -> _Function:
    """Add KERNEL, ``-a``, ``-c``, ``--target`` and ``--smt-api`` to a command."""
    for decorate in (
        click.option(
            "--smt-api",
            type=click.Choice(["auto", "old", "current"]),
            default="auto",
            show_default=True,
            help="Meaning of the smt functions.",
        ),
        click.option(
            "--target", "-t", metavar="NAME", help="Machine to compile for: host (the default), k1, ..."
        ),
        click.option(
            "--constexpr",
            "-c",
            "constexprs",
            multiple=True,
            metavar="NAME=VALUE",
            help="Value of a tl.constexpr parameter; may be repeated.",
        ),
        click.option(
            "--arg-type",
            "-a",
            "types",
            multiple=True,
            metavar="NAME=TYPE",
            help="Type of a parameter, as in '-a x_ptr=*fp32 -a n=i32'; may be repeated.",
        ),
        click.argument("kernel"),
    ):
        function = decorate(function)
    return function


def kernel_choice(
    kernel: str, types: tuple[str, ...], constexprs: tuple[str, ...], target: str | None, smt_api: str
) -> KernelChoice:
    """Read the options.  Raises ``UsageError`` on one that is no ``NAME=...``."""
    signature = dict(split_assignment(text, "-a") for text in types)
    values = {name: parse_value(text) for name, text in (split_assignment(text, "-c") for text in constexprs)}
    return KernelChoice(kernel, signature, values, target, smt_api)


def split_assignment(text: str, option: str) -> tuple[str, str]:
    """``NAME=VALUE`` in two."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"{option} {text!r} is not of the form NAME=VALUE")
    return name, value


def parse_value(text: str) -> Any:
    """``text`` as the Python literal it looks like, else as a string."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False}.get(text, text)
