"""What every test stands on: a clean environment, Hypothesis profiles, and the tools of this machine.

Law: no test reads the developer's own keys, settings or ledgers, and none is skipped silently.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests import campaign

pytest_plugins = ["tests.databases"]

UNDER_CI = bool(os.environ.get("CI"))
GO_CACHE = os.environ.get("GOCACHE") or str(Path.home() / ".cache" / "go-build")

# `campaign` is asked for by `make campaign`. Under CI both draw the same examples on every run:
# a change is judged by what it changed. On a developer's machine they search anew.
settings.register_profile("everyday", max_examples=60, deadline=None, derandomize=UNDER_CI, print_blob=True)
settings.register_profile("campaign", parent=settings.get_profile("everyday"), max_examples=2_000)
settings.load_profile("everyday")

BEGAN = time.monotonic()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Campaigns search as long as there is time, and no longer."""
    if item.get_closest_marker("campaign") and time.monotonic() - BEGAN > campaign.SECONDS:
        pytest.skip(f"the campaign's {campaign.SECONDS:.0f} seconds are over (CAMPAIGN_SECONDS)")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A long run tells of a failure at once, so that what stops it later does not hide it."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\n{report.nodeid} failed in its {report.when}:\n{report.longreprtext[-3000:]}\n")


LEAKING_PREFIXES = ("OUTCOMES_", "PG", "XDG_")
LEAKING_NAMES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "PAGER")


@pytest.fixture(autouse=True)
def outcomes_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home for this test alone. The developer's variables and files are out of its reach."""
    for name in list(os.environ):
        if name.startswith(LEAKING_PREFIXES) or name in LEAKING_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("OUTCOMES_HOME", str(home / "outcomes"))
    monkeypatch.setenv("GOCACHE", GO_CACHE)  # else each test compiles Go's standard library again
    return home / "outcomes"


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a program by its name. Without it the test is skipped and says so; under CI it fails."""

    def path_of(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            missing = f"{name} is not installed; as root on Debian, `make test` installs it"
            (pytest.fail if UNDER_CI else pytest.skip)(missing)
        return found

    return path_of
