"""Write docs/reference/ops.md, the table of all operations: `python -m tools.ops_table [--check]`.

What is read: the class of each operation (parse, print, verify), the registry of lowering rules, what the
tests of execution compile (run), and the names in the test files (tests).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import smtir.dialects
from smtir.asm.operation import ForeignOp, operations
from smtir.rewrite.lowering import LoweringRules
from smtir.rewrite.passes import own_passes
from tools.executed_ops import executed_ops
from tools.pages import ROOT, table, write_or_check

PAGE = ROOT / "docs" / "reference" / "ops.md"

_NO = "no:"
_WITH_USERS = "with its users"
_BY_OTHER_MEANS: Mapping[str, str] = {
    "tt.addptr": "read by the rules of `tt.load` and `tt.store`",
    "tt.advance": "read by the rules of `tt.load` and `tt.store`; carried by loops: `triton-carry-offsets`",
    "tt.make_tensor_ptr": "read by the rules of `tt.load` and `tt.store`",
    "xsmt.buffer_tensor_view": "read by the rules of `tt.load` and `tt.store`",
    "xsmt.subview": "read by the rules of `tt.load` and `tt.store`",
    "xsmt.subview_pack": "read by the rules of `tt.load` and `tt.store`",
    "xsmt.viewptr": "read by the rules of `tt.load` and `tt.store`",
    "tt.splat": "`triton-to-linalg`: one `linalg.fill` for each use",
    "tt.get_program_id": "`triton-kernel-signature`: an argument of the kernel",
    "tt.get_num_programs": "`triton-kernel-signature`: an argument of the kernel",
    "xsmt.view": "`xsmt-upgrade`: a value, or refused where its meaning is lost",
    "tt.call": "inlined by Triton before the TTIR is complete",
}
"""How an operation without a rule of its own is lowered."""

_TERMINATORS: Mapping[str, str] = {
    "tt.map_elementwise.return": "tt.map_elementwise",
    "tt.reduce.return": "tt.reduce",
    "tt.scan.return": "tt.scan",
}
"""The operation that the end of a region belongs to."""

_REFUSED: Mapping[str, str] = {
    "tt.elementwise_inline_asm": "the assembly is that of a GPU",
    "tt.reinterpret_tensor_descriptor": "only the host knows what the descriptor describes",
}
"""Why an operation is not lowered, even by its rule; without an entry: there is no rule yet."""

_HEAD = """\
<!-- Written by `python -m tools.ops_table`; run `make docs` after a change of operations, rules or tests. -->

# Operations

Every operation of the `tt`, `xsmt`, `xsmt_async` and `tle` dialects.

- **parse, print**: *both* is the operation's own assembly and the generic form; Triton prints operations
  with a region in generic form only, and so are those of `xsmt_async`.
- **verify**: types and attributes are checked for all; *rules* means that the class checks more.
- **lower**: the pass and its rule. An operation that is left at the end of its stage is an error with its
  name and line, and the reason that the rule gave.
- **run**: where a test runs a kernel with it and compares with NumPy: `host`, or `k1` as emulated RISC-V.
- **tests**: a golden test of the assembly, one of the errors, one of the lowering, and one that runs it.

"""


def page_text() -> str:
    """The whole page."""
    own_passes()  # importing a pass registers its rules
    executed = executed_ops()
    tests = _test_files()
    parts = [_HEAD]
    for dialect in smtir.dialects.FOREIGN_DIALECTS:
        classes = {name: one for name, one in sorted(operations().items()) if name.startswith(f"{dialect}.")}
        if classes:
            rows = [_row(name, one, executed.get(name, {}), tests) for name, one in classes.items()]
            header = ["operation", "parse", "print", "verify", "lower", "run", "tests"]
            parts.append(f"## {dialect}\n\n{table(header, rows)}\n")
    return "".join(parts).rstrip() + "\n"


def _row(name: str, op: type[ForeignOp], targets: Mapping[str, str], tests: Mapping[Path, str]) -> list[str]:
    form = "both" if op.assembly_format is not None else "generic (region)" if op.region_count else "generic"
    rules = op.check is not ForeignOp.check or op.check_context is not ForeignOp.check_context
    verify = "types, attributes, rules" if rules else "types, attributes"
    lowered = lowering(name, executed=bool(targets))
    run = ", ".join(sorted(targets)) if targets else _not_run(lowered)
    return [f"`{name}`", form, form, verify, lowered, run, _tests(name, tests, targets)]


def lowering(name: str, *, executed: bool) -> str:
    """How ``name`` is lowered, or why it is not."""
    rules = [
        f"`{pass_name}`: {found.rules[name].__name__}"
        for pass_name, found in sorted(LoweringRules.registry.items())
        if name in found.rules
    ]
    if rules and name not in _REFUSED:
        return "; ".join(rules)
    if parent := _TERMINATORS.get(name):
        is_lowered = not lowering(parent, executed=executed).startswith(_NO)
        return f"with `{parent}`" if is_lowered else f"{_NO} `{parent}` is not lowered"
    if name in _BY_OTHER_MEANS:
        return _BY_OTHER_MEANS[name]
    if executed:
        return _WITH_USERS
    return f"{_NO} {_REFUSED.get(name, 'there is no rule yet')}"


def _not_run(lowered: str) -> str:
    return f"{_NO} it is not lowered" if lowered.startswith(_NO) else "no test runs it yet"


def _test_files() -> dict[Path, str]:
    """Text of every test by its path below ``test``."""
    folder = ROOT / "test"
    files = sorted(path for suffix in ("mlir", "py") for path in folder.rglob(f"*.{suffix}"))
    return {path.relative_to(folder): path.read_text() for path in files}


def _tests(name: str, tests: Mapping[Path, str], targets: Mapping[str, str]) -> str:
    """One test of each kind that names the operation, and those that run it.

    Raises:
        ValueError: there is none.
    """
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
    naming = [path for path, text in tests.items() if word.search(text)]
    dialects = [path for path in naming if path.parts[:2] == ("lit", "dialects")]
    passes = [path for path in naming if path.parts[:2] == ("lit", "passes")]
    kinds = (
        [path for path in dialects if not path.stem.endswith("_invalid")],
        [path for path in dialects if path.stem.endswith("_invalid")],
        sorted(passes, key=lambda path: (path.stem.startswith("negative_"), path)),
    )
    shown = [kind[0] for kind in kinds if kind]
    shown += sorted({Path(test).relative_to("test") for test in targets.values()})
    if not (shown or naming):
        raise ValueError(f"no test names {name}: write one in test/lit/dialects")
    return ", ".join(f"[{path.name}](../../test/{path.as_posix()})" for path in shown or naming[:1])


def main() -> int:
    """Write the page, or check it."""
    return write_or_check(PAGE, page_text, "Write docs/reference/ops.md.", sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
