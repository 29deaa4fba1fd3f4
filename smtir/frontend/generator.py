"""Stock Triton code generation, taught ``smt.parallel`` and windows that become values.

``view(acc, ...)`` opens a window on the accumulator that a variable holds.  ``dot(a, b, window)``
computes a value, inserts it into the accumulator's value and rebinds every variable that holds
the accumulator; Triton's own analysis of loops and branches then carries it.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from triton import language as tl
from triton.compiler.code_generator import CodeGenerator, ast_to_ttir
from triton.compiler.errors import CompilationError
from triton.runtime.jit import JITFunction

from smtir.errors import FrontendError
from smtir.frontend import halves
from smtir.frontend.accumulators import Accumulators, assigned, leaves, spell
from smtir.frontend.aliases import CALLER, Aliases, merge
from smtir.frontend.generation import may_update_windows
from smtir.frontend.padding import accept_padding
from smtir.frontend.parallel import PARALLEL_ATTRIBUTE
from smtir.frontend.subscripts import is_ours, load, store
from smtir.language.arguments import describe
from smtir.language.copies import Copies
from smtir.language.loops import parallel
from smtir.language.matrix import descriptor_load, dot
from smtir.language.session import Session
from smtir.language.views import read_window, view
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


def _loaded(target: ast.expr) -> ast.expr:
    """The expression that reads what ``target`` names."""
    read = copy.deepcopy(target)
    for node in ast.walk(read):
        if isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            node.ctx = ast.Load()
    return read


def _with_our_generator(function: Callable[..., Any]) -> Any:
    """``function`` of Triton's code generator, with our class where it makes a generator.

    A copy with its own globals: Triton itself stays as it is for every other user in the process.
    """
    names = {**function.__globals__, "CodeGenerator": SmtCodeGenerator}
    made = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


class SmtCodeGenerator(CodeGenerator):
    """Generates one function of a kernel; Triton makes one more for each function it calls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noinline = False  # the passes see one function; every call is inlined
        session: Session = self.builder.options.smt_session
        session.module = self.module
        session.functions[self.jit_fn.src] = self.jit_fn
        self.session = session
        self.accumulators = Accumulators(self)
        self.cur_node: ast.AST | None = None
        self._body_begun = False
        self._assigning = False
        self._branches: list[_Branches] = []
        self._loop_entries: list[tuple[Aliases, int]] = []
        self._number_columns_from_one()
        # tl.debug_barrier is for the threads of a GPU's block: here one thread runs a program.
        self.builder.create_barrier = lambda: None
        accept_padding(self.semantic, self.builder)
        if session.keeps_halves:
            halves.keep_quotients(self.semantic)

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

    def name_value(self, value: tl.tensor, name: str) -> None:
        """Put the variable's name around the location of ``value``."""
        self._maybe_set_loc_to_name(value, name)

    # -- functions -----------------------------------------------------------------------------

    def call_JitFunction(self, fn: JITFunction, args: list[Any], kwargs: dict[str, Any], *rest: Any) -> Any:  # noqa: N802
        if any(isinstance(leaf, Window) for value in [*args, *kwargs.values()] for _, leaf in leaves(value)):
            if may_update_windows(fn):
                raise FrontendError(
                    f"a window cannot be passed to the function {fn.__name__}: its update would be lost",
                    op="smt.view",
                    hint="pass the accumulator, return its new value, and take the view where it is updated",
                )
            args = [self._plain(value) for value in args]
            kwargs = {name: self._plain(value) for name, value in kwargs.items()}
        result = _CALL_JIT_FUNCTION(self, fn, args, kwargs, *rest)
        return halves.kept(fn, args, result, self.semantic) if self.session.keeps_halves else result

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
        return read_window(value, self.semantic, self.accumulators) if isinstance(value, Window) else value

    def _plain(self, value: Any) -> Any:
        """``value`` with each window in it replaced by what it shows now."""
        if isinstance(value, Window):
            return self._shown(value)
        if isinstance(value, tl.tuple) and any(isinstance(leaf, Window) for _, leaf in leaves(value)):
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
        held = self.visit(node.value)
        if isinstance(held, Copies):
            return held.one(self.visit(node.slice), self.semantic)
        shown = self._shown(held)
        if self.session.uses_smt and is_ours(shown, node.slice):
            return load(shown, node.slice, self.visit, self.semantic)
        base = _Resolved(shown)
        return super().visit_Subscript_Load(
            ast.copy_location(ast.Subscript(base, node.slice, node.ctx), node)
        )

    def get_Attribute(self, lhs: Any, attr: str) -> Any:  # noqa: N802
        return super().get_Attribute(self._shown(lhs), attr)

    def visit_Return(self, node: ast.Return) -> Any:  # noqa: N802
        value = None if node.value is None else _Resolved(self._plain(self.visit(node.value)))
        return super().visit_Return(ast.copy_location(ast.Return(value), node))

    # -- assignments ---------------------------------------------------------------------------

    def assignTarget(self, target: ast.expr, value: Any) -> None:  # noqa: N802
        if isinstance(target, ast.Subscript) and self.session.uses_smt:
            self._assign_part(target, value)
            return
        if not self.session.tracks or self._assigning:
            super().assignTarget(target, value)
            return
        changes = [(name, self.accumulators.sources(name, held)) for name, held in assigned(target, value)]
        self._assigning = True
        try:
            super().assignTarget(target, value)
        finally:
            self._assigning = False
        for name, sources in changes:
            self.accumulators.aliases.assign(name, sources)

    def _assign_part(self, target: ast.Subscript, value: Any) -> None:
        """``x[...] = value``: a new value of ``x`` for each variable that holds it."""
        base = self.visit(ast.copy_location(_loaded(target.value), target))
        if not isinstance(base, tl.tensor) or not base.type.is_block():
            raise FrontendError(
                f"only tensors can be assigned in part, got {describe(base)}",
                op="smt subscript",
                hint="write memory with tl.store",
            )
        made = store(base, target.slice, self._shown(value), self.visit, self.semantic)
        self.accumulators.assign(base, made, "smt subscript")

    # -- control flow --------------------------------------------------------------------------

    def visit_compound_statement(self, stmts: Any) -> None:
        if not self._body_begun:
            self._body_begun = True
            self.accumulators.number_new_places()
            if not self.is_kernel:
                cells = self.accumulators.aliases.cells
                cells.update({(CALLER, ".".join(map(str, place))): cell for place, cell in cells.items()})
        frame = self._branches[-1] if self._branches else None
        if frame is None or not any(stmts is body for body in frame.bodies):
            super().visit_compound_statement(stmts)
            return
        self.accumulators.aliases = frame.entry.copy()
        super().visit_compound_statement(stmts)
        frame.exits.append(self.accumulators.aliases)

    def visit_then_else_blocks(self, node: ast.If, liveins: dict[str, Any], *blocks: Any) -> Any:
        frame = _Branches(self.accumulators.aliases, (node.body, node.orelse), [])
        self._branches.append(frame)
        try:
            result = super().visit_then_else_blocks(node, liveins, *blocks)
        finally:
            self._branches.pop()
        other = frame.exits[1] if node.orelse else frame.entry
        self.accumulators.aliases = merge(frame.exits[0], other, {*liveins, *result[-1]})
        return result

    def visit_IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        scope, updates = self.lscope, self.accumulators.updates
        value = super().visit_IfExp(node)
        if self.lscope is not scope and self.accumulators.updates != updates:
            raise FrontendError(
                "a conditional expression updates an accumulator through a window",
                op="smt.dot",
                hint="write an if statement",
            )
        return value

    def _find_carries(self, node: ast.stmt, liveins: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        entry, updates = self.accumulators.aliases.copy(), self.accumulators.updates
        carries = super()._find_carries(node, liveins, *args, **kwargs)
        self.accumulators.aliases = merge(entry, self.accumulators.aliases, liveins)
        self._loop_entries.append((self.accumulators.aliases.copy(), updates))
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
            raise FrontendError(
                "a for loop in a kernel must run over a range",
                hint="write range(...), tl.range(...), tl.static_range(...) or smt.parallel(...)",
            )
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
        after = merge(entry, self.accumulators.aliases, self.lscope)
        if self.accumulators.updates != updates and after.unsure - entry.unsure:
            one, two = (spell(place) for place in next(iter(after.unsure - entry.unsure)))
            raise FrontendError(
                f"the loop updates accumulators and passes them on between {one} and {two}",
                op="smt.dot",
                hint="keep each accumulator in one variable",
            )
        self.accumulators.aliases = after


_CALL_JIT_FUNCTION = _with_our_generator(CodeGenerator.call_JitFunction)

generate_module = _with_our_generator(ast_to_ttir)
"""Triton's ``ast_to_ttir`` with our code generator."""
