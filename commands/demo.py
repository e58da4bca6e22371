"""`outcomes demo`: a made-up place, told as the commands that make it, from founding to proof.

The story is a transcript: every line after a dollar sign is a command that anybody can type. It runs from a seed,
so every byte of it is the same in every run.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ledger.errors import InputOutput

SEED = "the example place"
MARK = "made-by-outcomes-demo"

STORY = Path(__file__).with_name("story.txt")


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("outcomes-demo"), show_default=True)
def demo(folder: Path) -> int:
    """Example: outcomes demo

    Run the main job on a made-up place and keep it in a folder: the commands and their answers are shown.
    """
    _make_room(folder)
    with _inside(folder):
        for shown, command in steps(STORY.read_text(encoding="utf-8")):
            click.echo(shown)
            if command:
                _run(command)
    within = _within_an_entry(folder)
    click.echo(f"""
# All of it is in {folder}. Look around:
#   cd {folder}; export OUTCOMES_HOME=home
#   {_outcomes()} view trail
#   {_outcomes()} commitment make C-4 --pool prevention --amount 10.00 --year 2026-27 --as GB-EXAMPLE-COUNCIL/s151
#   printf X | dd of=ledger.db bs=1 seek={within} conv=notrunc status=none; {_outcomes()} audit verify""")
    return 0


def _within_an_entry(folder: Path) -> int:
    """Where in the ledger's file a byte of an entry stands, for whoever wants to see a change found."""
    return (folder / "ledger.db").read_bytes().rindex(b'"payload":"') + 40


def _outcomes() -> str:
    """How the reader calls this program from inside the folder."""
    import sys

    found = Path(sys.argv[0])
    return (
        "outcomes" if shutil.which("outcomes") else str(Path("..") / found) if not found.is_absolute() else str(found)
    )


def steps(story: str) -> Iterator[tuple[str, str]]:
    """Each line or command of a transcript as it stands, and the command in one line (empty for other lines)."""
    lines = iter(story.splitlines())
    for line in lines:
        shown = line
        while shown.startswith("$ ") and shown.endswith("\\"):
            shown += "\n" + next(lines, "")
        command = re.sub(r"\s*\\\n\s*", " ", shown).removeprefix("$ ") if shown.startswith("$ ") else ""
        yield shown, command


def _run(command: str) -> None:
    from commands.main import main

    if command.startswith("export "):  # the story's clock moves on
        name, _, value = command.removeprefix("export ").partition("=")
        os.environ[name] = value
        return
    code = main(shlex.split(command)[1:])
    if code:
        click.echo(f"[{code}]")


def _make_room(folder: Path) -> None:
    """An empty folder; one that an earlier demo made is replaced, and nothing else is."""
    if folder.exists():
        if not (folder / MARK).exists():
            raise InputOutput(f"{folder} is there, and no demo made it", next_step="outcomes demo --folder ANOTHER")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("outcomes demo may replace this folder\n")


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """The story's own home, seed and ledger, for its time."""
    here = Path.cwd()
    before = dict(os.environ)
    own = {"OUTCOMES_HOME": "home", "OUTCOMES_SEED": SEED}
    for name in [name for name in os.environ if name.startswith("OUTCOMES_")]:
        del os.environ[name]
    os.environ.update(own)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
