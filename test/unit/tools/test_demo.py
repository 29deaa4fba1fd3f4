from __future__ import annotations

import json

import pytest

from tools import demo

pytestmark = [pytest.mark.qemu, pytest.mark.zig]


def test_the_demo_measures_a_kernel_and_finds_it_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--quick", "--json", "qk"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["operations"]["mmt4d"] == 1
    assert row["vfmacc"] > 0
    assert 0 < row["warm"] < row["cold"]
    assert set(row["errors"]) == set(demo.ERRORS)
    assert row["failures"] == []


def test_a_missed_bar_is_named_and_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "f32_bar", lambda name: 0.0)
    assert demo.main(["--quick", "qk"]) == 1
    printed = capsys.readouterr().out
    assert "missed" in printed
    assert "qk: error" in printed
    assert "on k1 in f32, expected at most 0e+00" in printed
