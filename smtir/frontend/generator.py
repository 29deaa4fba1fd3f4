"""Stock Triton code generation, taught ``smt.parallel`` and windows that become values.

``view(acc, ...)`` opens a window on the accumulator that a variable holds.  ``dot(a, b, window)``
computes a value, inserts it into the accumulator's value and rebinds every variable that holds
the accumulator; Triton's own analysis of loops and branches then carries it.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from triton import language as tl
from triton.compiler.code_generator import CodeGenerator, ast_to_ttir
from triton.compiler.errors import CompilationError
from triton.runtime.jit import JITFunction

from smtir.errors import FrontendError
from smtir.frontend.aliases import CALLER, Aliases, Place, merge, new_cell
from smtir.frontend.generation import may_update_windows
from smtir.frontend.parallel import PARALLEL_ATTRIBUTE
from smtir.language.loops import parallel
from smtir.language.matrix import descriptor_load, dot, read_window, view
from smtir.language.session import Session
from smtir.language.window import Window

_WINDOW_FUNCTIONS = (descriptor_load, dot, view)


@dataclass
class _Branches:
    """The two sides of an ``if`` under generation, and the cells at their ends."""

    entry: Aliases
    bodies: tuple[list[ast.stmt], list[ast.stmt]]
    exits: list[Aliases]


class _Resolved(ast.expr):
    """An expression that has been visited already."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _with_our_generator(function: Callable[..., Any]) -> Any:
    """``function`` of Triton's code generator, with our class where it makes a generator.

    A copy with its own globals: Triton itself stays as it is for every other user in the process.
    """
    names = {**function.__globals__, "CodeGenerator": SmtCodeGenerator}
    copy = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


class SmtCodeGenerator(CodeGenerator):
    """Generates one function of a kernel; Triton makes one more for each function it calls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session: Session = self.builder.options.smt_session
        session.module = self.module
        session.functions[self.jit_fn.src] = self.jit_fn
        self.session = session
        self.aliases = Aliases()
        self.cur_node: ast.AST | None = None
        self._body_begun = False
        self._assigning = False
        self._updates = 0
        self._temporaries = 0
        self._branches: list[_Branches] = []
        self._loop_entries: list[tuple[Aliases, int]] = []
        self._number_columns_from_one()

    def _number_columns_from_one(self) -> None:
        """Make locations point into the file: columns from 1, indentation of the function added."""
        line = next((text for text in self.jit_fn.raw_src if text.lstrip().startswith("def ")), "")
        shift = 1 + len(line) - len(line.lstrip())
        create_loc = type(self.builder).create_loc
        builder = self.builder
        # An instance attribute: the visitor of the base class asks the builder for each node.
        builder.create_loc = lambda file, line, column: create_loc(builder, file, line, column + shift)

    def visit(self, node: ast.AST | None) -> Any:
        """Visit ``node`` with its position as the location of what it emits.

        Triton's own visitor leaves the location at the child visited last, so that a call over
        several lines is found at its last argument; 3.6 also changes the process's warning
        filters around each node, a third of the time of code generation.
        """
        if node is None:
            return None
        node_before = self.cur_node
        location_before = self.builder.get_loc()
        self.cur_node = node
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword) and hasattr(node, "lineno"):
            location = self.builder.create_loc(self.file_name, self.begin_line + node.lineno, node.col_offset)
            if self.name_loc_as_prefix is not None:
                location = self.builder.create_name_loc(self.name_loc_as_prefix, location)
            self.builder.set_loc(location)
        try:
            value = ast.NodeVisitor.visit(self, node)
        except CompilationError:
            raise
        except Exception as error:
            raise CompilationError(self.jit_fn.src, self.cur_node, repr(error)) from error
        self.cur_node = node_before
        self.builder.set_loc(location_before)
        return value

    # -- functions -----------------------------------------------------------------------------

    def call_JitFunction(self, fn: JITFunction, args: list[Any], kwargs: dict[str, Any], *rest: Any) -> Any:  # noqa: N802
        if any(isinstance(leaf, Window) for value in [*args, *kwargs.values()] for _, leaf in _leaves(value)):
            if may_update_windows(fn):
                raise FrontendError(
                    f"a window cannot be passed to the function {fn.__name__}: its update would be lost",
                    op="smt.view",
                    hint="pass the accumulator, return its new value, and take the view where it is updated",
                )
            args = [self._plain(value) for value in args]
            kwargs = {name: self._plain(value) for name, value in kwargs.items()}
        return _CALL_JIT_FUNCTION(self, fn, args, kwargs, *rest)

    def call_Function(self, node: ast.AST, fn: Any, args: list[Any], kws: dict[str, Any]) -> Any:  # noqa: N802
        keeps_windows = (
            isinstance(fn, JITFunction)
            or isinstance(getattr(fn, "__self__", None), tl.tuple)
            or any(fn is function for function in _WINDOW_FUNCTIONS)
        )
        if not keeps_windows:
            args = [self._plain(value) for value in args]
            kws = {name: self._plain(value) for name, value in kws.items()}
        return super().call_Function(node, fn, args, kws)

    # -- windows read where a tensor is needed -------------------------------------------------

    def _shown(self, value: Any) -> Any:
        """What a window shows now; any other value as it is, tuples of windows included."""
        return read_window(value, self.semantic, self) if isinstance(value, Window) else value

    def _plain(self, value: Any) -> Any:
        """``value`` with each window in it replaced by what it shows now."""
        if isinstance(value, Window):
            return self._shown(value)
        if isinstance(value, tl.tuple) and any(isinstance(leaf, Window) for _, leaf in _leaves(value)):
            return tl.tuple([self._plain(element) for element in value.values])
        return value

    def visit__Resolved(self, node: _Resolved) -> Any:  # noqa: N802
        return node.value

    def _apply_binary_method(self, node: ast.AST, method_name: str, lhs: Any, rhs: Any) -> Any:
        return super()._apply_binary_method(node, method_name, self._shown(lhs), self._shown(rhs))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: N802
        operand = _Resolved(self._shown(self.visit(node.operand)))
        return super().visit_UnaryOp(ast.copy_location(ast.UnaryOp(node.op, operand), node))

    def visit_Subscript_Load(self, node: ast.Subscript) -> Any:  # noqa: N802
        base = _Resolved(self._shown(self.visit(node.value)))
        return super().visit_Subscript_Load(
            ast.copy_location(ast.Subscript(base, node.slice, node.ctx), node)
        )

    def get_Attribute(self, lhs: Any, attr: str) -> Any:  # noqa: N802
        return super().get_Attribute(self._shown(lhs), attr)

    def visit_Return(self, node: ast.Return) -> Any:  # noqa: N802
        value = None if node.value is None else _Resolved(self._plain(self.visit(node.value)))
        return super().visit_Return(ast.copy_location(ast.Return(value), node))

    # -- accumulators --------------------------------------------------------------------------

    def open_window(self, window: Window, base: tl.tensor) -> None:
        """Let ``window`` look into the accumulator that holds ``base``.

        A base that no variable holds gets one that only the window knows.
        """
        self._number_new_places()
        place = self._place_of(base)
        if place is None:
            self._temporaries += 1
            place = (f"view.{self._temporaries}",)
            self.set_value(place[0], base)
            self.aliases.assign(place[0], {place: (new_cell(), None)})
        window.cell = self.aliases.cells[place]

    def window_base(self, window: Window) -> tl.tensor:
        """The tensor that the window's accumulator holds now.

        Raises:
            FrontendError: no variable holds the accumulator any more, or which one it is depends
                on the path taken.
        """
        for _, held in self._held_tensors(self._cell_of(window)):
            return held
        raise FrontendError(
            "the window's accumulator is not held by a variable any more, or not on every path",
            op="smt.view",
            hint="take the view again after the accumulator is assigned",
        )

    def name_reading(self, window: Window, value: tl.tensor) -> None:
        """Name ``value``, what the window shows, after the window's variable."""
        place = self._place_of(window)
        if place is not None:
            self._maybe_set_loc_to_name(value, _spell(place))

    def update_window_base(self, window: Window, value: tl.tensor) -> None:
        """Make ``value`` the accumulator's new value under every name that holds it.

        Raises:
            FrontendError: the update cannot reach every variable that may hold the accumulator.
        """
        cell = self._cell_of(window)
        caller = next((place for place in self.aliases.members(cell) if place[0] == CALLER), None)
        if caller:
            raise FrontendError(
                f"the argument {caller[1]!r} is updated through a window, which the caller cannot see",
                op="smt.dot",
                hint="update it in the kernel itself, or copy it first and return the result",
            )
        partners = self.aliases.unsure_partner(cell)
        if partners:
            one, two = (_spell(place) for place in partners)
            raise FrontendError(
                f"{one} and {two} hold the same accumulator on some paths only: its update cannot reach both",
                op="smt.dot",
                hint="use one variable for the accumulator",
            )
        self._updates += 1
        held = self._held_tensors(cell)
        self._maybe_set_loc_to_name(value, _spell(held[0][0]))
        for place, _ in held:
            name = str(place[0])
            self.set_value(name, _replaced(self.lscope[name], place[1:], value))

    def _held_tensors(self, cell: int) -> list[tuple[Place, tl.tensor]]:
        found = []
        for place in self.aliases.members(cell):
            value = self._value_at(place)
            if isinstance(value, tl.tensor):
                found.append((place, value))
        return found

    def _cell_of(self, window: Window) -> int:
        self._number_new_places()
        place = self._place_of(window)
        if place is not None:
            return self.aliases.cells[place]
        assert window.cell is not None, "a window outside all variables has just been opened"
        return window.cell

    def _value_at(self, place: Place) -> Any:
        value = self.lscope.get(place[0])
        for index in place[1:]:
            value = value.values[index] if isinstance(value, tl.tuple) else None
        return value

    def _place_of(self, leaf: Any) -> Place | None:
        for place in self.aliases.cells:
            held = self._value_at(place)
            if held is leaf:
                return place
            # Triton clones the wrapper when it enters a region, and keeps the handle.
            if isinstance(held, tl.tensor) and isinstance(leaf, tl.tensor) and held.handle is leaf.handle:
                return place
        return None

    def _number_new_places(self) -> None:
        """Give a cell to what came into scope by other ways than an assignment."""
        known = {place[0] for place in self.aliases.cells}
        for name, value in self.lscope.items():
            if isinstance(value, tl.core.base_value) and name not in known and any(_leaves(value)):
                self.aliases.assign(name, self._known_sources(name, value))

    def _sources(self, name: str, value: Any) -> dict[Place, tuple[int, Place | None]]:
        if any(_leaves(value)):
            self._number_new_places()
        return self._known_sources(name, value)

    def _known_sources(self, name: str, value: Any) -> dict[Place, tuple[int, Place | None]]:
        sources: dict[Place, tuple[int, Place | None]] = {}
        for path, leaf in _leaves(value):
            source = self._place_of(leaf)
            if source is not None:
                cell = self.aliases.cells[source]
            elif isinstance(leaf, Window) and leaf.cell is not None:
                cell = leaf.cell
            else:
                cell = new_cell()
            place: Place = (name, *path)
            sources[place] = (cell, source)
        return sources

    def assignTarget(self, target: ast.expr, value: Any) -> None:  # noqa: N802
        if self.session.api != "old" or self._assigning:
            super().assignTarget(target, value)
            return
        changes = [(name, self._sources(name, held)) for name, held in _assigned(target, value)]
        self._assigning = True
        try:
            super().assignTarget(target, value)
        finally:
            self._assigning = False
        for name, sources in changes:
            self.aliases.assign(name, sources)

    # -- control flow --------------------------------------------------------------------------

    def visit_compound_statement(self, stmts: Any) -> None:
        if not self._body_begun:
            self._body_begun = True
            self._number_new_places()
            if not self.is_kernel:
                cells = self.aliases.cells
                cells.update({(CALLER, ".".join(map(str, place))): cell for place, cell in cells.items()})
        frame = self._branches[-1] if self._branches else None
        if frame is None or not any(stmts is body for body in frame.bodies):
            super().visit_compound_statement(stmts)
            return
        self.aliases = frame.entry.copy()
        super().visit_compound_statement(stmts)
        frame.exits.append(self.aliases)

    def visit_then_else_blocks(self, node: ast.If, liveins: dict[str, Any], *blocks: Any) -> Any:
        frame = _Branches(self.aliases, (node.body, node.orelse), [])
        self._branches.append(frame)
        try:
            result = super().visit_then_else_blocks(node, liveins, *blocks)
        finally:
            self._branches.pop()
        other = frame.exits[1] if node.orelse else frame.entry
        self.aliases = merge(frame.exits[0], other, {*liveins, *result[-1]})
        return result

    def visit_IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        scope, updates = self.lscope, self._updates
        value = super().visit_IfExp(node)
        if self.lscope is not scope and self._updates != updates:
            raise FrontendError(
                "a conditional expression updates an accumulator through a window",
                op="smt.dot",
                hint="write an if statement",
            )
        return value

    def _find_carries(self, node: ast.stmt, liveins: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        entry, updates = self.aliases.copy(), self._updates
        carries = super()._find_carries(node, liveins, *args, **kwargs)
        self.aliases = merge(entry, self.aliases, liveins)
        self._loop_entries.append((self.aliases.copy(), updates))
        return carries

    def _verify_loop_carried_variable(self, name: str, loop_val: Any, live_val: Any) -> None:
        super()._verify_loop_carried_variable(name, loop_val, live_val)
        if isinstance(live_val, Window) and loop_val.type != live_val.type:
            raise FrontendError(
                f"the variable {name} is {live_val.type} before the loop and {loop_val.type} in it",
                op="smt.view",
                hint="use another variable for the other view",
            )

    def visit_For(self, node: ast.For) -> None:  # noqa: N802
        if not isinstance(node.iter, ast.Call):
            raise FrontendError("a for loop must run over range, tl.range, tl.static_range or smt.parallel")
        iterator = self.visit(node.iter.func)
        if iterator is not parallel:
            self._visit_loop(super().visit_For, node)
            return
        arguments = [self.visit(argument) for argument in node.iter.args]
        keywords = dict(self.visit(keyword) for keyword in node.iter.keywords)
        loop = parallel(*arguments, **keywords)
        plain = ast.Call(
            _Resolved(tl.range),
            [_Resolved(loop.start), _Resolved(loop.end), _Resolved(loop.step)],
            [
                ast.keyword("num_stages", _Resolved(loop.num_stages)),
                ast.keyword("loop_unroll_factor", _Resolved(loop.loop_unroll_factor)),
            ],
        )
        plain_node = ast.copy_location(ast.For(node.target, plain, node.body, node.orelse), node)
        if not loop.bind_sub_block:
            self._visit_loop(super().visit_For, plain_node)
            return
        depth = len(self.scf_stack)
        builder, create_for_op = self.builder, type(self.builder).create_for_op

        def create_marked(*operands: Any) -> Any:
            made = create_for_op(builder, *operands)
            if len(self.scf_stack) == depth:  # not a loop inside this one
                made.set_attr(PARALLEL_ATTRIBUTE, builder.get_bool_attr(True))
            return made

        outer = builder.__dict__.get("create_for_op")
        builder.create_for_op = create_marked
        try:
            self._visit_loop(super().visit_For, plain_node)
        finally:
            del builder.create_for_op
            if outer is not None:
                builder.create_for_op = outer

    def visit_While(self, node: ast.While) -> None:  # noqa: N802
        self._visit_loop(super().visit_While, node)

    def _visit_loop(self, visit: Callable[[Any], None], node: ast.stmt) -> None:
        depth = len(self._loop_entries)
        visit(node)
        if len(self._loop_entries) == depth:  # unrolled: straight-line code
            return
        entry, updates = self._loop_entries.pop()
        after = merge(entry, self.aliases, self.lscope)
        if self._updates != updates and after.unsure - entry.unsure:
            one, two = (_spell(place) for place in next(iter(after.unsure - entry.unsure)))
            raise FrontendError(
                f"the loop updates accumulators and passes them on between {one} and {two}",
                op="smt.dot",
                hint="keep each accumulator in one variable",
            )
        self.aliases = after


def _leaves(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The tensors and windows in a value, with the tuple indices that lead to them."""
    if isinstance(value, tl.tuple):
        for index, element in enumerate(value.values):
            yield from _leaves(element, (*path, index))
    elif isinstance(value, Window) or (isinstance(value, tl.tensor) and value.type.is_block()):
        yield path, value


def _assigned(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    """The names that an assignment binds, with what each of them gets."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, tl.tuple):
        for element, held in zip(target.elts, value.values, strict=False):
            yield from _assigned(element, held)


def _replaced(value: Any, path: Place, new: Any) -> Any:
    """``value`` with the element at ``path`` replaced."""
    if not path:
        return new
    elements = list(value.values)
    elements[int(path[0])] = _replaced(elements[int(path[0])], path[1:], new)
    return tl.tuple(elements, value.type)


def _spell(place: Place) -> str:
    return str(place[0]) + "".join(f"[{index}]" for index in place[1:])


_CALL_JIT_FUNCTION = _with_our_generator(CodeGenerator.call_JitFunction)

generate_module = _with_our_generator(ast_to_ttir)
"""Triton's ``ast_to_ttir`` with our code generator."""
