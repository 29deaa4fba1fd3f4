"""A test marked with an optional tool is skipped, with the reason, where the tool is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from capabilities import in_ci, missing_tools
from hypothesis import settings

# The same examples in every run of continuous integration; new ones on a developer's machine.
settings.register_profile("ci", derandomize=True)
if in_ci():
    settings.load_profile("ci")

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Let programs started by tests, in any directory, find the smtir under test."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for tool, reason in missing_tools().items():
        if item.get_closest_marker(tool):
            if in_ci():
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT
