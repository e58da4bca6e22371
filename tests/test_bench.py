"""The bench runs, and each line that it prints is explained: nothing here asserts a time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import measuring
from tests.databases import cluster

TOP = Path(__file__).parent.parent
PAGE = TOP / "docs" / "benchmarks.md"


def explained() -> list[str]:
    """The names of the lines that the page explains, in order."""
    return re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)


def test_a_quick_run_prints_every_line_that_the_page_explains() -> None:
    cluster()  # where there is no PostgreSQL, its lines would be missing, and the test is skipped
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.bench", "--quick"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [line[:30].rstrip() for line in ran.stdout.splitlines()] == explained()


def test_the_ratio_is_that_of_the_rounds() -> None:
    ours, theirs = iter([10.0, 40.0, 30.0]), iter([100.0, 100.0, 50.0])
    assert measuring.in_turn(3, lambda: next(ours), lambda: next(theirs)) == pytest.approx((30.0, 100.0, 0.4))
