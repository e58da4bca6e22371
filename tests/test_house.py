"""The style of the house, kept by tests: rooms, names, licences, and what is loaded when.

Law: what `docs/decisions/` and `CONTRIBUTING.md` say about the shape of the code is checked here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import ledger

TOP = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

AT_THE_TOP = {
    *{".ci", ".editorconfig", ".gitignore", "pyproject.toml", "Makefile"},
    *{"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"},
    *{"commands", "docs", "ledger", "projections", "tests"},
}
VAGUE_NAMES = {
    *{"common", "misc", "util", "utils", "helper", "helpers"},
    *{"manager", "managers", "service", "services"},
}
DEVELOPERS_PATH = re.compile(r"(?<![\w.~-])(/(?:home|root|work|Users)/|[A-Z]:\\Users\\)\S")
COPYLEFT = re.compile(r"GPL|GNU (?:Affero |Lesser |Library )?General Public", re.IGNORECASE)
EXTRAS_UNDER_LGPL = {"psycopg", "psycopg-binary"}  # docs/decisions/0005-dependencies.md


@pytest.fixture(scope="module")
def files(tool: Callable[[str], str]) -> list[Path]:
    """Every file of the repository, and those that are about to be."""
    listed = subprocess.run(
        [tool("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [path for name in listed.split("\0") if name and (path := TOP / name).is_file()]
    assert found, "git lists no file"
    return found


# -- names and places ---------------------------------------------------------------------------


def test_the_top_of_the_repository_holds_only_what_belongs_there(files: list[Path]) -> None:
    assert {path.relative_to(TOP).parts[0] for path in files} <= AT_THE_TOP


def test_no_module_has_a_name_that_says_nothing(files: list[Path]) -> None:
    assert not [path for path in files if VAGUE_NAMES & {path.stem, *path.relative_to(TOP).parts}]


def test_every_python_file_says_what_it_is_for(files: list[Path]) -> None:
    python = [path for path in files if path.suffix == ".py"]
    assert not [path for path in python if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]


def test_no_file_names_a_path_of_a_developers_machine(files: list[Path]) -> None:
    found = [
        f"{path.relative_to(TOP)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if DEVELOPERS_PATH.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", ["home", "root", "work", "Users"])
def test_a_path_of_a_developers_machine_would_be_found(folder: str) -> None:
    assert DEVELOPERS_PATH.search(f'open("/{folder}/someone")')
    assert not DEVELOPERS_PATH.search(f"a/{folder}/b and /{folder} and /{folder}/ alone")


def test_decisions_are_numbered_without_a_gap_and_short() -> None:
    records = sorted((TOP / "docs" / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    assert not [record.name for record in records if len(record.read_text("utf-8").splitlines()) > 40]


def text_of(path: Path) -> str:
    """The text of a file; nothing when it is not text."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


# -- rooms --------------------------------------------------------------------------------------


def test_nobody_imports_from_a_room_above() -> None:
    checked = subprocess.run([BIN / "lint-imports", "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_verifier_loads_no_database() -> None:
    core = ["book", "statement", "entry", "checkpoint", "merkle", "receipt"]
    loaded = modules_loaded_by("import " + ", ".join(f"ledger.{module}" for module in core))
    assert {f"ledger.{module}" for module in core} <= loaded
    assert not loaded & {"eventsourcing", "sqlalchemy", "psycopg", "sqlite3"}


def test_asking_for_the_version_loads_next_to_nothing() -> None:
    loaded = modules_loaded_by("from commands.main import main; main(['--version'])")
    assert "commands.main" in loaded
    assert not loaded & {"sqlalchemy", "eventsourcing", "cryptography", "msgspec", "rich"}


def test_the_command_tells_its_version() -> None:
    told = subprocess.run([BIN / "outcomes", "--version"], capture_output=True, text=True, check=True)
    assert ledger.__version__ in told.stdout
    assert metadata.version("shared-outcomes-ledger") == ledger.__version__


def modules_loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter imports when it runs the code, by `-X importtime`."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], cwd=TOP, capture_output=True, text=True, check=True
    )
    timed = [line for line in ran.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in timed}


# -- licences -----------------------------------------------------------------------------------


def test_nothing_that_we_run_on_is_under_the_gpl() -> None:
    licences = {name: licence_of(name) for name in required_by("shared-outcomes-ledger")}
    assert {"eventsourcing", "sqlalchemy", "cryptography"} <= set(licences)
    assert not [name for name, licence in licences.items() if not licence.strip()], "a licence is not stated"
    assert not [name for name, licence in licences.items() if COPYLEFT.search(licence)]


def test_the_one_extra_under_the_lgpl_is_the_postgresql_driver() -> None:
    licences = {name: licence_of(name) for name in required_by("shared-outcomes-ledger", extra="postgres")}
    assert {name for name, licence in licences.items() if COPYLEFT.search(licence)} == EXTRAS_UNDER_LGPL


def required_by(distribution: str, extra: str = "") -> set[str]:
    """The names of the distributions that this one needs here, and those that they need in turn."""
    found: set[str] = set()
    waiting = [(distribution, extra)]
    while waiting:
        for requirement in requirements_of(*waiting.pop()):
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if name not in found:
                found.add(name)
                waiting += [(name, wanted) for wanted in ("", *requirement.extras)]
    return found


def requirements_of(distribution: str, extra: str) -> Iterator[Requirement]:
    """What one distribution asks for on this Python, with the extra or with none."""
    for line in metadata.requires(distribution) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def licence_of(distribution: str) -> str:
    """All that the distribution's metadata says of its licence."""
    said = metadata.metadata(distribution)
    stated = [line for name in ("License-Expression", "License") for line in said.get_all(name) or []]
    classified = [line for line in said.get_all("Classifier") or [] if line.startswith("License")]
    return " ".join([*(line.partition("\n")[0] for line in stated), *classified])
