from __future__ import annotations

from tools.bench import figures


def test_the_table_has_times_shares_and_launch_overhead() -> None:
    shares = {
        "ttir": 0.1,
        "linalg": 0.1,
        "vector": 0.1,
        "llvm": 0.1,
        "llvmir": 0.05,
        "asm": 0.5,
        "between passes": 0.05,
    }
    compiled = {"qk": {"first_ms": 400.4, "warm_ms": 120.6, "stages_share": shares}}
    launched = {"qk": {"launch_us": 20.2, "kernel_with_ready_arguments_us": 7.1}}
    lines = figures.table(compiled, launched).splitlines()
    assert lines[0].startswith("| kernel | cold ms | warm ms | frontend |")
    assert lines[2] == "| `qk` | 400 | 121 | 10% | 10% | 10% | 15% | 50% | 5% | 13 |"


def test_the_readme_has_the_block_that_is_rewritten() -> None:
    text = figures.README.read_text()
    assert figures.BEGIN in text
    assert figures.END in text
