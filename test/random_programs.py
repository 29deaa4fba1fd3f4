"""Random Triton kernels as text: typed expressions, reductions, scans, loops, branches, gathers.

Every program has a meaning that does not depend on the order of floating-point operations: a
value is *exact* while it is a multiple of 1/8 of known size, and only exact values are compared
or summed.  What is not (quotients, square roots, exponentials) is never asked for its order, so
that a last-bit difference stays one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

FULL, ROWS, COLUMNS, SCALAR = "full", "rows", "columns", "scalar"
"""Shapes: (M, N), (M,), (N,) and none."""
AS_FULL = {FULL: "{}", ROWS: "{}[:, None]", COLUMNS: "{}[None, :]", SCALAR: "{}"}
SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 64])
LARGEST = 1 << 20
"""An exact value times 8 stays below the 24 bits of f32, also when 8 of them are added."""
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint32")

HEADER = """\
import triton
import triton.language as tl


@triton.jit
def larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def kernel(x_ptr, y_ptr, i_ptr, scratch_ptr, out_ptr, outi_ptr, m, n, M: tl.constexpr, N: tl.constexpr):
    rows = tl.arange(0, M)
    columns = tl.arange(0, N)
    at = rows[:, None] * n + columns[None, :]
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    x = tl.load(x_ptr + at, mask=mask, other=0.25)
    y = tl.load(y_ptr + at, mask=mask, other=-0.5)
    i = tl.load(i_ptr + at, mask=mask, other=-3)
    flat = rows[:, None] * N + columns[None, :]
"""


@dataclass(frozen=True)
class Value:
    """A variable of the program.

    Attributes:
        name: in the program.
        shape: one of the four.
        kind: Triton's element type.
        bound: of the absolute value.
        exact: see above; integers always are.
    """

    name: str
    shape: str
    kind: str
    bound: float
    exact: bool = True

    @property
    def is_float(self) -> bool:
        return self.kind.startswith("float")


@dataclass
class Program:
    """The text so far, and the variables that the next statement may use."""

    m: int
    n: int
    lines: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    indent: str = "    "
    names: Iterator[int] = field(default_factory=itertools.count)

    def let(self, text: str, value: Value) -> Value:
        made = replace(value, name=f"v{next(self.names)}")
        self.lines.append(f"{self.indent}{made.name} = {text}")
        self.values.append(made)
        return made

    def size(self, shape: str) -> int:
        return {FULL: self.m * self.n, ROWS: self.m, COLUMNS: self.n, SCALAR: 1}[shape]


def _joined(one: Value, other: Value) -> tuple[str, str, str]:
    """Texts of both, broadcast, and the shape of the result."""
    if one.shape == other.shape or SCALAR in (one.shape, other.shape):
        return one.name, other.name, one.shape if other.shape == SCALAR else other.shape
    return AS_FULL[one.shape].format(one.name), AS_FULL[other.shape].format(other.name), FULL


class Statements:
    """One method a kind of statement; each adds to the program or leaves it alone."""

    def __init__(self, draw: Any, program: Program) -> None:
        self.draw, self.program = draw, program

    def pick(self, **wanted: Any) -> Value | None:
        found = [
            value
            for value in self.program.values
            if all(getattr(value, name) == what for name, what in wanted.items())
        ]
        # What was computed last is taken most often: a chain says more than many first steps.
        return self.draw(st.sampled_from(found + 2 * found[-3:])) if found else None

    def arithmetic(self) -> None:
        one = self.pick()
        assert one
        other = self.pick(kind=one.kind)
        assert other
        op = self.draw(st.sampled_from(["+", "-", "*"]))
        bound = one.bound * other.bound if op == "*" else one.bound + other.bound
        if one.is_float and bound > (LARGEST if one.kind != "float16" else 128):
            return
        left, right, shape = _joined(one, other)
        fine = op != "*" or one.kind == "float64" or one.bound * other.bound < 1 << 9
        self.program.let(
            f"{left} {op} {right}",
            replace(
                one, shape=shape, bound=bound, exact=one.exact and other.exact and (fine or not one.is_float)
            ),
        )

    def integer_division(self) -> None:
        one = self.pick(kind="int32")
        other = self.pick(kind="int32")
        if not one or not other:
            return
        left, right, shape = _joined(one, other)
        op = self.draw(st.sampled_from(["//", "%"]))
        self.program.let(f"{left} {op} (({right} & 15) + 1)", replace(one, shape=shape))

    def bits(self) -> None:
        one = self.pick(is_float=False)
        assert one
        op, right = self.draw(
            st.sampled_from([("&", "13"), ("|", "6"), ("^", "21"), ("<<", "2"), (">>", "1")])
        )
        self.program.let(f"{one.name} {op} {right}", one)

    def inexact(self) -> None:
        one = self.pick(kind="float32")
        if not one:
            return
        text, bound = self.draw(
            st.sampled_from(
                [
                    ("tl.sqrt(tl.abs({0}))", one.bound),
                    ("tl.exp(tl.minimum({0}, 3.0))", 21.0),
                    ("({0} / (tl.abs({0}) + 1.5))", 1.0),
                    ("tl.sigmoid({0})", 1.0),
                    ("tl.sin({0})", 1.0),
                ]
            )
        )
        self.program.let(text.format(one.name), replace(one, bound=bound, exact=False))

    def extreme(self) -> None:
        one = self.pick()
        assert one
        other = self.pick(kind=one.kind)
        assert other
        left, right, shape = _joined(one, other)
        name = self.draw(st.sampled_from(["tl.maximum", "tl.minimum"]))
        bound = max(one.bound, other.bound)
        self.program.let(
            f"{name}({left}, {right})",
            replace(one, shape=shape, bound=bound, exact=one.exact and other.exact),
        )

    def choice(self) -> None:
        condition, limit = self.pick(exact=True), self.draw(st.integers(-2, 4))
        one = self.pick()
        if not condition or not one or condition.kind == "float16":
            return
        other = self.pick(kind=one.kind, shape=one.shape)
        assert other
        test = replace(condition, name=f"({condition.name} > {limit})")
        left, first, shape = _joined(test, one)
        second = other.name if first == one.name else AS_FULL[other.shape].format(other.name)
        self.program.let(
            f"tl.where({left}, {first}, {second})",
            replace(one, shape=shape, bound=max(one.bound, other.bound), exact=one.exact and other.exact),
        )

    def cast(self) -> None:
        one = self.pick(exact=True)
        if not one:
            return
        kinds = ["float32", "float64", "int32", "int64"]
        kinds += ["float16"] if one.bound < 128 else []
        kinds += INTEGERS if not one.is_float else ["int8"] if one.bound < 100 else []
        kind = self.draw(st.sampled_from(kinds))
        if kind.startswith("float") and one.bound > LARGEST:
            return
        self.program.let(f"{one.name}.to(tl.{kind})", replace(one, kind=kind))

    def reduction(self) -> None:
        one = self.pick(shape=self.draw(st.sampled_from([FULL, FULL, ROWS, COLUMNS])), exact=True)
        if not one or one.kind == "float16":
            return
        axis = self.draw(st.integers(0, 1)) if one.shape == FULL else 0
        shape = {FULL: (COLUMNS, ROWS)[axis]}.get(one.shape, SCALAR)
        function = self.draw(st.sampled_from(["tl.sum", "tl.max", "tl.min", "tl.argmax", "tl.argmin"]))
        value = replace(one, shape=shape)
        if function == "tl.sum":
            value = replace(value, bound=one.bound * self.program.size(one.shape))
            if one.is_float and value.bound > LARGEST:
                return
            # Sums of narrow integers are of 32 bits.
            value = replace(
                value, kind={"int8": "int32", "int16": "int32", "uint8": "uint32"}.get(one.kind, one.kind)
            )
        elif "arg" in function:
            value = replace(value, kind="int32", bound=64)
        elif one.kind in ("int8", "int16", "uint8"):
            value = replace(value, kind="uint32" if one.kind == "uint8" else "int32")
        self.program.let(f"{function}({one.name}, axis={axis})", value)

    def scan(self) -> None:
        one = self.pick(shape=self.draw(st.sampled_from([FULL, ROWS, COLUMNS])), exact=True)
        if not one or one.kind not in ("float32", "int32", "int64"):
            return
        axis = self.draw(st.integers(0, 1)) if one.shape == FULL else 0
        backward = self.draw(st.booleans())
        if self.draw(st.booleans()):
            self.program.let(f"tl.associative_scan({one.name}, {axis}, larger, reverse={backward})", one)
            return
        bound = one.bound * 64
        if not one.is_float or bound <= LARGEST:
            text = f"tl.cumsum({one.name}, {axis}, reverse={backward})"
            self.program.let(text, replace(one, bound=bound))

    def rearrangement(self) -> None:
        one = self.pick(shape=FULL)
        text = self.draw(
            st.sampled_from(
                [
                    "tl.trans(tl.reshape({0}, (N, M)))",
                    "tl.reshape(tl.trans({0}), (M, N))",
                    "tl.flip({0}, 0)",
                    "tl.flip({0}, 1)",
                    "tl.reshape(tl.ravel({0}), (M, N))",
                ]
            )
        )
        if one:
            self.program.let(text.format(one.name), one)

    def sort(self) -> None:
        one = self.pick(shape=self.draw(st.sampled_from([ROWS, COLUMNS])), kind="int32")
        if one:
            self.program.let(f"tl.sort({one.name}, descending={self.draw(st.booleans())})", one)

    def gather(self) -> None:
        index, source = self.pick(kind="int32", shape=FULL), self.pick(kind="float32", shape=FULL)
        axis = self.draw(st.integers(0, 1))
        if not index or not source:
            return
        if self.draw(st.booleans()):
            text = f"tl.gather({source.name}, {index.name} & ({'MN'[axis]} - 1), {axis})"
            self.program.let(text, source)
        else:
            text = f"tl.load(x_ptr + ({index.name} & 1023) % (m * n), mask={index.name} > {axis}, other=1.0)"
            self.program.let(text, replace(source, bound=4, exact=True))

    def dot(self) -> None:
        one, other = (
            self.pick(kind="float32", shape=FULL, exact=True),
            self.pick(kind="float32", shape=FULL, exact=True),
        )
        if not one or not other or min(self.program.m, self.program.n) < 16:
            return
        bound = one.bound * other.bound * 64 * 32
        if bound <= LARGEST and one.bound * other.bound < 1 << 9:
            self.program.let(
                f"tl.sum(tl.dot({one.name}, tl.trans({other.name}), input_precision='ieee'), axis=1)",
                Value("", ROWS, "float32", bound),
            )

    def pairs(self) -> None:
        one = self.pick(shape=FULL)
        if not one or self.program.n < 2 or one.kind == "float16":
            return
        parts = f"tl.split(tl.reshape({one.name}, (M, N // 2, 2)))"
        text = self.draw(
            st.sampled_from(
                [
                    "tl.reshape(tl.join({0}[1], {0}[0]), (M, N))",
                    "tl.interleave({0}[0], {0}[1])",
                    "tl.reshape(tl.permute(tl.join({0}[0], {0}[1]), (0, 2, 1)), (M, N))",
                ]
            )
        )
        self.program.let(text.format(parts), one)

    def memory(self) -> None:
        """Write to the scratch array and read it elsewhere, so that no load may move over a store."""
        one = self.pick(shape=FULL, kind="float32")
        if not one:
            return
        moved = self.draw(
            st.sampled_from(
                [
                    "(flat + 3) % (M * N)",
                    "flat",
                    "columns[None, :] * M + rows[:, None]",
                    "flat ^ (M * N - 1)",
                    "(rows[:, None] + 1) % M * N + columns[None, :]",
                ]
            )
        )
        add = self.program.lines.append
        indent = self.program.indent
        add(f"{indent}tl.store(scratch_ptr + flat, {one.name})")
        if self.draw(st.booleans()) and one.bound < LARGEST - 8:
            add(f"{indent}for k in range(2):")
            add(f"{indent}    moving = tl.load(scratch_ptr + flat)")
            add(f"{indent}    tl.store(scratch_ptr + ({moved}), moving + k)")
        elif self.draw(st.booleans()):
            before = self.program.let(f"tl.load(scratch_ptr + ({moved}))", one)
            add(f"{indent}tl.store(scratch_ptr + flat, {before.name} - 1, mask=i > 0)")
        self.program.let(f"tl.load(scratch_ptr + ({moved}))", replace(one, bound=one.bound + 8))

    def loop(self) -> None:
        start = self.pick(kind=self.draw(st.sampled_from(["int32", "float32"])))
        if not start or start.bound > 1 << 10:
            return
        step = self.pick(kind=start.kind, shape=start.shape)
        assert step
        if step.bound > 1 << 10:
            return
        value = replace(start, bound=start.bound + 4 * step.bound + 4, exact=start.exact and step.exact)
        made = self.program.let(f"{start.name} + 0", value)
        head, body = self.draw(
            st.sampled_from(
                [
                    ("for k in range(3):", "{0} = {0} + {1} - k"),
                    ("for k in range(m % 3):", "{0} = {0} + {1}"),
                    ("for k in tl.static_range(2):", "{0} = tl.maximum({0} + {1}, k)"),
                    ("if m > 5:", "{0} = {0} + {1}"),
                    ("for k in range(0, n, 16):", "{0} = tl.where(columns.sum() > k, {0} + {1}, {0})"),
                ]
            )
        )
        self.program.lines += [
            f"{self.program.indent}{head}",
            f"{self.program.indent}    {body.format(made.name, step.name)}",
        ]


def _kinds() -> list[str]:
    return [name for name in vars(Statements) if not name.startswith("_") and name != "pick"]


@st.composite
def programs(draw: Any) -> tuple[str, int, int, int]:
    """The text of a module with ``kernel``, its M and N, and a number to cut m and n down by."""
    m, n, cut = draw(SIZES), draw(SIZES), draw(st.integers(0, 3))
    program = Program(m, n)
    program.values = [
        Value("x", FULL, "float32", 4),
        Value("y", FULL, "float32", 4),
        Value("i", FULL, "int32", 100),
        Value("rows", ROWS, "int32", 32),
        Value("columns", COLUMNS, "int32", 32),
    ]
    statements = Statements(draw, program)
    for kind in draw(st.lists(st.sampled_from(_kinds()), min_size=4, max_size=16)):
        getattr(statements, kind)()
    lines = program.lines
    floats = [value for value in program.values if value.is_float][-3:]
    integers = [value for value in program.values if not value.is_float][-3:]
    for pointer, kept, kind in (("out_ptr", floats, "float32"), ("outi_ptr", integers, "int64")):
        for number, value in enumerate(kept):
            whole = f"tl.broadcast_to({AS_FULL[value.shape].format(value.name)}, (M, N)).to(tl.{kind})"
            lines.append(f"    tl.store({pointer} + {number} * m * n + at, {whole}, mask=mask)")
    return HEADER + "\n".join(lines) + "\n", m, n, cut
