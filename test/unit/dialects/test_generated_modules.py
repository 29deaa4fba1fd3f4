"""Generated modules: printing and parsing again is the identity, in both forms and with locations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smtir.dialects import parse_module, print_module, tle, tt, verify_module, xsmt, xsmt_async
from smtir.errors import SmtirError
from smtir.mlir import arith, context, func, ir, scf

ELEMENTS = ["f32", "f16", "bf16", "i8", "i32"]
Draw = Callable[[st.SearchStrategy[Any]], Any]
ATTRIBUTES = ["unit", "4 : i64", "[1, 2.5]", "{a = 1}", "@f", "#x.y<a, b>", "i32"]
SMALL = st.sampled_from([1, 2, 4, 8, 16])
TEXT = st.text(st.sampled_from('ab "\\{}()<>%:,=/\n\té'), max_size=8)
NAMES = st.from_regex(r"[a-z][a-z_]{0,5}", fullmatch=True)
SETTINGS = settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.generate, Phase.target],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


class Builder:
    """Makes one random operation after another; values to use are kept by type."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.values: dict[str, list[ir.Value]] = {}
        self.depth = 0

    def add(self, value: ir.Value) -> ir.Value:
        self.values.setdefault(str(value.type), []).append(value)
        return value

    def value(self, type_: str) -> ir.Value:
        found = self.values.get(type_)
        if found:
            return self.draw(st.sampled_from(found))
        with self.location():
            made = ir.Operation.create("test.source", [ir.Type.parse(type_)])
        return made.results[0]  # not kept: it may be in a region

    def location(self) -> ir.Location:
        kind = self.draw(st.integers(0, 3))
        file = ir.Location.file(self.draw(TEXT.filter(bool)), self.draw(st.integers(0, 99)), 3)
        if kind == 0:
            return ir.Location.unknown()
        if kind == 1:
            return file
        if kind == 2:
            return ir.Location.name(self.draw(NAMES), file)
        return ir.Location.callsite(file, [ir.Location.name(self.draw(NAMES), ir.Location.unknown())])

    def matrix(self, element: str | None = None) -> tuple[list[int], str]:
        shape = [self.draw(SMALL), self.draw(SMALL)]
        element = element or self.draw(st.sampled_from(ELEMENTS))
        return shape, f"tensor<{shape[0]}x{shape[1]}x{element}>"

    def operation(self) -> None:
        kinds = [
            self.window,
            self.memory,
            self.shapes,
            self.product,
            self.barrier,
            self.asynchronous,
            self.reduction,
            self.scan,
            self.elementwise,
            self.tile_of_tensor,
            self.buffer,
            self.scalars,
        ]
        if self.depth < 3:
            kinds.append(self.loop)
        with self.location():
            self.draw(st.sampled_from(kinds))()
        if self.draw(st.booleans()):
            self.extra_attributes()

    def extra_attributes(self) -> None:
        block = ir.InsertionPoint.current.block
        op = list(block.operations)[-1].operation
        if op.name.startswith("scf."):
            return
        for name in self.draw(st.lists(NAMES, max_size=2, unique=True)):
            parsed = self.draw(st.none() | st.sampled_from(ATTRIBUTES))
            text = ir.StringAttr.get(self.draw(TEXT))
            op.attributes[f"test.{name}"] = ir.Attribute.parse(parsed) if parsed else text

    def offsets(self, type_: str = "i32") -> list[ir.Value]:
        return [self.value(type_), self.value(type_)]

    def window(self) -> None:
        shape, text = self.matrix()
        tile = [self.draw(SMALL), self.draw(SMALL)]
        size = [self.draw(SMALL), self.draw(SMALL)]
        whole = [size[0] * tile[0], size[1] * tile[1]]
        base = self.value(text)
        packed = xsmt.PackOp(base, self.offsets(), shape=size, packed_size=tile)
        if self.draw(st.booleans()):
            packed = xsmt.PackOp(base, self.offsets(), packed.result, shape=size, packed_size=tile)
        self.add(xsmt.RepackOp(packed, self.offsets(), shape=size, packed_size=tile).result)
        self.add(xsmt.UnpackOp(packed, self.offsets(), shape=size).result)
        self.add(xsmt.InsertOp(packed, base, self.offsets()).result)
        type_ = self.draw(st.sampled_from(["i32", "i64"]))
        view = xsmt.ViewOp(base, self.offsets(type_), shape=whole, micro_size=tile)
        self.add(xsmt.BindOp(view, view).result)
        assert shape

    def memory(self) -> None:
        shape, text = self.matrix()
        pointer = self.value(f"!tt.ptr<{text}>")
        checks = self.draw(st.sampled_from([[], [0], [0, 1]]))
        cache = self.draw(st.sampled_from(["none", "ca", "cg"]))
        value = self.add(tt.LoadOp(pointer, boundaryCheck=checks, cache=cache).result)
        tt.StoreOp(pointer, value, evict=self.draw(st.sampled_from(["evict_normal", "evict_first"])))
        view = xsmt.SubviewPackOp(pointer, self.offsets(), shape=shape, packed_size=shape)
        self.add(tt.LoadOp(view).result)
        load = xsmt.DescriptorLoadViewOp(pointer, self.offsets("i64"), shape=shape, packed_size=shape)
        self.add(xsmt.DescriptorLoadViewOp(pointer, [], load.result).result)
        scattered = self.value(f"tensor<8x!tt.ptr<{self.draw(st.sampled_from(ELEMENTS))}>>")
        mask = self.value("tensor<8xi1>") if self.draw(st.booleans()) else None
        self.add(tt.LoadOp(scattered, mask).result)

    def shapes(self) -> None:
        _, text = self.matrix()
        value = self.value(text)
        self.add(tt.TransOp(value, order=[1, 0]).result)
        self.add(tt.ExpandDimsOp(value, axis=self.draw(st.integers(0, 2))).result)
        tt.PrintOp(
            [value], prefix=self.draw(TEXT.filter(lambda text: text.isascii())), hex=True, isSigned=[1]
        )

    def product(self) -> None:
        m, n, k, tiles = (self.draw(SMALL) for _ in range(4))
        element = self.draw(st.sampled_from(ELEMENTS))
        a = self.value(f"tensor<{m}x{k}x4x{tiles}x{element}>")
        b = self.value(f"tensor<{k}x{n}x{tiles}x8x{element}>")
        made = xsmt.MMT4DOp(a, b)
        self.add(xsmt.MMT4DOp(a, b, made.result).result)

    def barrier(self) -> None:
        type_ = self.draw(st.sampled_from(["i16", "i32"]))
        count = arith.constant(ir.Type.parse(type_), 1)
        made = xsmt.MBarrierCreateOp(count, count, count, count, barrier=ir.Type.parse("!tt.ptr<i64>"))
        xsmt.BarrierWaitOp(made.barrier, count, count)

    def asynchronous(self) -> None:
        type_ = self.draw(st.sampled_from(["i16", "i32"]))
        counts = [arith.constant(ir.Type.parse(type_), self.draw(SMALL)) for _ in range(4)]
        made = xsmt_async.MBarrierAllocOp(*counts, mbarrier=ir.Type.parse("i64"))
        xsmt_async.MBarrierArriveOp(made.mbarrier)
        xsmt_async.MBarrierWaitOp(made.mbarrier, *counts[:2])
        xsmt_async.MBarrierReleaseOp(made.mbarrier)
        self.add(xsmt_async.GridOp(self.value("i64"), id=ir.Type.parse("i64")).id)

    def combine(self, op: Any, elements: Sequence[str], terminator: Any) -> None:
        """Fill the region of ``op``: of two elements of each operand it makes one, by adding or choosing."""
        types = [ir.Type.parse(element) for element in elements]
        block = op.operation.regions[0].blocks.append(*types, *types)
        with ir.InsertionPoint(block), self.location():
            returned = []
            arguments = list(block.arguments)
            for left, right in zip(arguments[: len(types)], arguments[len(types) :], strict=True):
                add = arith.addi if isinstance(left.type, ir.IntegerType) else arith.addf
                returned.append(add(left, right) if self.draw(st.booleans()) else right)
            terminator(returned)
        for result in op.operation.results:
            self.add(result)

    def sources(self) -> tuple[list[ir.Value], list[str]]:
        """One or two tensors of one shape, and their element types."""
        shape, _ = self.matrix()
        elements = self.draw(st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=2))
        return [self.value(f"tensor<{shape[0]}x{shape[1]}x{element}>") for element in elements], elements

    def reduction(self) -> None:
        sources, elements = self.sources()
        op = tt.ReduceOp(sources, axis=self.draw(st.integers(0, 1)))
        self.combine(op, elements, tt.ReduceReturnOp)

    def scan(self) -> None:
        sources, elements = self.sources()
        op = tt.ScanOp(sources, axis=self.draw(st.integers(0, 1)), reverse=self.draw(st.booleans()))
        self.combine(op, elements, tt.ScanReturnOp)

    def elementwise(self) -> None:
        sources, elements = self.sources()
        pack = self.draw(st.sampled_from([1, 2, 4]))
        op = tt.MapElementwiseOp(sources, pack=pack, outputs=[source.type for source in sources])
        packed = [element for element in elements for _ in range(pack)]
        block = op.operation.regions[0].blocks.append(*(ir.Type.parse(element) for element in packed))
        with ir.InsertionPoint(block), self.location():
            tt.MapElementwiseReturnOp(list(block.arguments))
        for result in op.operation.results:
            self.add(result)

    def tile_of_tensor(self) -> None:
        tile, grid = [[self.draw(SMALL), self.draw(SMALL)] for _ in range(2)]
        element = self.draw(st.sampled_from(ELEMENTS))
        whole = self.value(f"tensor<{tile[0] * grid[0]}x{tile[1] * grid[1]}x{element}>")
        number = arith.constant(
            ir.Type.parse(self.draw(st.sampled_from(["i32", "i64"]))),
            self.draw(st.integers(0, grid[0] * grid[1] - 1)),
        )
        index = number if self.draw(st.booleans()) else self.value("i32")
        part = self.add(tle.ExtractTileOp(whole, index, tile_shape=tile).result)
        self.add(tle.InsertTileOp(whole, part, index).result)

    def buffer(self) -> None:
        shape, text = self.matrix()
        space = self.draw(st.sampled_from(["", ", 3", ", 12"]))
        pointer = ir.Type.parse(f"!tt.ptr<{text}{space}>")
        storage = self.draw(st.none() | st.sampled_from(["l2", "tcm"]))
        made = xsmt.AllocOp(shape=shape, storage=storage, result=pointer)
        value = self.add(tle.ToTensorOp(made.result).result)
        same = tle.ToBufferOp(value, made.result)
        element = f"!tt.ptr<{value.type.element_type}{space}>"
        if self.draw(st.booleans()):
            many = ir.Type.parse(f"tensor<{shape[0]}x{shape[1]}x{element}>")
            self.add(tle.LocalPtrOp(same.result, [], result=many).result)
        else:
            one = ir.Type.parse(element)
            self.add(tle.LocalPtrOp(same.result, self.offsets(), result=one).result)

    def scalars(self) -> None:
        self.add(tt.GetProgramIdOp(axis=self.draw(st.sampled_from(["x", "y", "z"]))).result)
        arith.constant(ir.Type.parse("i64"), self.draw(st.integers(-9, 9)))

    def loop(self) -> None:
        bound = arith.constant(ir.Type.parse("i32"), 4)
        made = scf.ForOp(bound, bound, bound)
        if self.draw(st.booleans()):
            made.operation.attributes["bind_sub_block"] = ir.BoolAttr.get(True)
        outer = {text: list(values) for text, values in self.values.items()}
        self.depth += 1
        with ir.InsertionPoint(made.body):
            for _ in range(self.draw(st.integers(0, 3))):
                self.operation()
            scf.YieldOp([])
        self.depth -= 1
        self.values = outer


@st.composite
def modules(draw: Draw) -> ir.Module:
    with context(), ir.Location.unknown():
        module = ir.Module.create()
        builder = Builder(draw)
        with ir.InsertionPoint(module.body):
            types = [ir.Type.parse(text) for text in ("i32", "i64", "tensor<8x8xf32>", "!tt.ptr<f32>")]
            made = func.FuncOp("kernel", (types, []))
            block = made.add_entry_block()
            for argument in block.arguments:
                builder.add(argument)
            with ir.InsertionPoint(block):
                for _ in range(draw(st.integers(1, 5))):
                    builder.operation()
                func.ReturnOp([])
    return module


@pytest.mark.slow
@SETTINGS
@given(modules(), st.booleans())
def test_printing_and_parsing_again_is_the_identity(module: ir.Module, locations: bool) -> None:
    verify_module(module)
    for generic in (False, True):
        text = print_module(module, generic=generic, locations=locations)
        again = parse_module(text)
        verify_module(again)
        # The assembly of scf.for is MLIR's and has no locations of block arguments.
        with_locations = generic and locations
        assert plain(again, with_locations) == plain(module, with_locations)
        second = print_module(again, generic=generic, locations=locations)
        assert print_module(parse_module(second), generic=generic, locations=locations) == second


def plain(module: ir.Module, locations: bool) -> str:
    return str(module.operation.get_asm(print_generic_op_form=True, enable_debug_info=locations))


@pytest.mark.slow
@SETTINGS
@given(modules(), st.data())
def test_a_damaged_module_gives_one_error_or_another_module(module: ir.Module, data: st.DataObject) -> None:
    text = print_module(module)
    start = data.draw(st.integers(0, len(text) - 1))
    stop = start + data.draw(st.integers(0, 20))
    damaged = text[:start] + data.draw(
        st.sampled_from(["", '"', "<", ">", "(", "{", "%", "0", "\n", "xsmt."])
    )
    damaged += text[stop:]
    place = None
    try:
        changed = parse_module(damaged, "k.ttir")
        verify_module(changed)
        print_module(changed)
    except SmtirError as error:
        place = error.location
    if place and place.file == "k.ttir":
        assert 1 <= place.line <= damaged.count("\n") + 1
