from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_benchmark_of_the_reader_prints_its_times_as_json() -> None:
    done = subprocess.run(
        [sys.executable, "tools/bench/read_ttir.py", "--lines", "10000", "--rounds", "1"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["benchmark"] == "read_ttir"
    assert found["lines"] >= 10_000
    assert found["seconds"]["read"] < 3
