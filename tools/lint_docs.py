"""Write docs/lint.md from the docstrings of the lint rules: `python -m tools.lint_docs [--check]`."""

from __future__ import annotations

import sys

from smtir.inspect.lint import Rule, all_rules
from tools.pages import ROOT, table, write_or_check

PAGE = ROOT / "docs" / "lint.md"
_HEAD = """\
<!-- Written by `python -m tools.lint_docs` from the docstrings of the rules; edit those. -->

# smtir lint

`smtir lint KERNEL|FILE` reads the TTIR of a kernel, or TTIR that somebody has from any generation of the smt
language, and says what is wrong, slow or fragile in it, with the Python line and a fix. It compiles nothing.

```console
$ smtir lint smtir.kernels:qk
qk for 0xA03C, 10 rules: nothing found
$ smtir lint smtir.kernels:qk -c MICRO_M=16 -c MICRO_N=8
...: warning: b is [8, 8, 8, 8], which fits as [KB, NB, kb, nb] and as [NB, KB, nb, kb]; ... [ambiguous-b]
...
...: warning: the micro tile 16x8x8 (MxNxK) of f32 is not known to suit 0xA03C [micro-tile-table]
...
fix: MICRO_M, MICRO_N, MICRO_K of f32 on 0xA03C: 8x16x8 (tutorial of SpacemiT's FlagGems)
qk for 0xA03C, 10 rules: 2 warnings
```

Rules about a chip are asked for `--target`, else for the chip that the TTIR names (`tt.arch_id`), else for
K1. `--select ids` takes only these rules, `--ignore ids` leaves some out; ids are separated by commas and do
not change from version to version. `--format json` and `--format sarif` (SARIF 2.1.0) are for programs,
editors and code-scanning services. The exit code is 1 when an error is found, and 0 for warnings and notes.

"""


def page_text() -> str:
    """The whole page."""
    rules = list(all_rules().values())
    overview = table(
        ["rule", "severity", "what it finds"],
        [[f"[`{one.id}`](#{one.id})", one.severity, one.summary] for one in rules],
    )
    return _HEAD + overview + "".join(_section(one) for one in rules)


def _section(rule: Rule) -> str:
    return f"\n## {rule.id}\n\n*Severity: {rule.severity}.* {rule.documentation}\n"


def main() -> int:
    """Write the page, or check it."""
    return write_or_check(PAGE, page_text, "Write docs/lint.md.", sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
