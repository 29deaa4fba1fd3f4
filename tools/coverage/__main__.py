"""Write docs/reference/coverage.md: ``python -m tools.coverage [--only FUNCTION ...] [--jobs N]``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tools.coverage import registry, results
from tools.coverage.measure import TARGETS, measure
from tools.coverage.page import PAGE, page_text


def main(arguments: list[str]) -> int:
    """Measure all cells and write the page, or measure some and print what does not work."""
    parser = argparse.ArgumentParser(description="Measure which functions work for which element types.")
    parser.add_argument("--only", nargs="+", metavar="FUNCTION", help="measure these anew, not all")
    parser.add_argument(
        "--targets", default=",".join(TARGETS), help="measure only on these, and write nothing"
    )
    parser.add_argument("--jobs", type=int, help="processes at a time; by default one a processor")
    options = parser.parse_args(arguments)
    chosen = [case for case in registry.every_case() if not options.only or case.function in options.only]
    targets = options.targets.split(",")
    outcomes = measure(chosen, targets, options.jobs)
    if options.targets == ",".join(TARGETS):
        every = outcomes if not options.only else results.load() | outcomes
        results.save(every)
        PAGE.write_text(page_text(every))
    reasons = Counter(
        (case.function, case.body.splitlines()[-1], target, outcome.status, outcome.reason)
        for (case, _, target), outcome in outcomes.items()
        if outcome.status not in ("works", "undefined")
    )
    for (function, call, target, status, reason), count in sorted(reasons.items()):
        names = [
            name for (case, name, place), outcome in outcomes.items()
            if (case.function, place, outcome.status, outcome.reason) == (function, target, status, reason)
        ]  # fmt: skip
        print(f"{function} {call!r} {target} {status} {reason} ({count}: {' '.join(dict.fromkeys(names))})")
    print(Counter(outcome.status for outcome in outcomes.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
