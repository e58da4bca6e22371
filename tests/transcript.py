"""Transcripts: stories as commands and their answers, run and compared to the byte.

A transcript is a text file, or the ``console`` blocks of a Markdown page. A line that begins with a dollar sign
is a command (a backslash continues it); what follows is everything it prints, and its exit code in brackets if
that is not zero. `python -m tests.transcript FILE ...` writes the answers anew; read the difference before you
commit it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commands.demo import steps
from commands.main import main

SHELL = re.compile(r"[|<>;&$`()*]")
FENCE = re.compile(r"(?ms)^```console\n(.*?)^```$")


@dataclass(frozen=True, slots=True)
class Step:
    """A command as it is shown, as it is run, and the answer that the transcript holds."""

    shown: str
    command: str
    answer: str


def read(text: str) -> list[Step]:
    """The steps of a transcript."""
    found: list[Step] = []
    for shown, command in steps(text):
        if command or not found:
            found.append(Step(shown, command, ""))
        else:
            last = found.pop()
            found.append(Step(last.shown, last.command, f"{last.answer}{shown}\n"))
    return found


def run(step: Step) -> str:
    """What a command prints, and its exit code if it is not zero."""
    if step.command.startswith("export "):  # the story's clock moves on
        name, _, value = step.command.removeprefix("export ").partition("=")
        os.environ[name] = value
        return ""
    if step.command.startswith("outcomes ") and not SHELL.search(re.sub(r'"[^"$`]*"', "", step.command)):
        code, said = _inside(shlex.split(step.command)[1:])
    else:
        done = subprocess.run(
            ["bash", "-c", step.command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            check=False,
        )
        code, said = done.returncode, done.stdout.decode()
    return said + (f"[{code}]\n" if code else "")


def _inside(arguments: list[str]) -> tuple[int, str]:
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(arguments)
    raw = said.buffer
    assert isinstance(raw, io.BytesIO)
    return code, raw.getvalue().decode()


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def replayed(text: str) -> str:
    """A transcript with the answers that the program gives now."""
    pieces: list[str] = []
    for step in read(text):
        comment = _comment(step.answer)
        pieces.append(
            f"{step.shown}\n" + (run(step) if step.command else "") + (comment if step.command else step.answer)
        )
    return "".join(pieces)


def _comment(answer: str) -> str:
    """The empty lines and comments that stand before the next command belong to the story, not to the answer."""
    lines = answer.splitlines(keepends=True)
    kept: list[str] = []
    while lines and (lines[-1] == "\n" or lines[-1].startswith("# ")):
        kept.insert(0, lines.pop())
    return "".join(kept)


def page(text: str) -> str:
    """A Markdown page with its console blocks run anew, in order, in one place."""
    return FENCE.sub(lambda block: f"```console\n{replayed(block[1])}```", text)


def told(path: Path) -> tuple[str, str]:
    """What the file holds, and what it should hold."""
    text = path.read_text(encoding="utf-8")
    return text, page(text) if path.suffix == ".md" else replayed(text)


def book(path: Path) -> list[Path]:
    """A page, and those of the folder that has its name: they go on, in order, where the page before them ended."""
    return [path, *sorted(path.with_suffix("").glob("*.md"))]


@contextlib.contextmanager
def place(folder: Path, seed: str = "a story") -> Iterator[None]:
    """A story's own folder, home and seed, for its time."""
    here, before = Path.cwd(), dict(os.environ)
    for name in [name for name in os.environ if name.startswith("OUTCOMES_")]:
        del os.environ[name]
    os.environ |= {"OUTCOMES_HOME": "home", "OUTCOMES_SEED": seed}
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ |= before


def quoted(readme: str, tutorial: str) -> str:
    """The README's console blocks, whose steps are quoted from the tutorial's."""
    answers = {step.shown: step.answer for block in FENCE.findall(tutorial) for step in read(block)}

    def told(block: re.Match[str]) -> str:
        steps = (f"{step.shown}\n{answers.get(step.shown, step.answer)}" for step in read(block[1]))
        return f"```console\n{''.join(steps)}```"

    return FENCE.sub(told, readme)


def rewrite(paths: list[Path]) -> None:
    """Write the answers anew; the README's are the tutorial's."""
    import tempfile

    for path in paths:
        if path.name == "README.md":
            tutorial = path.parent / "docs" / "tutorial.md"
            path.write_text(quoted(path.read_text(encoding="utf-8"), tutorial.read_text(encoding="utf-8")))
            continue
        with tempfile.TemporaryDirectory() as folder:
            chapters = book(path.absolute())
            with place(Path(folder)):
                answers = [told(chapter)[1] for chapter in chapters]
            for chapter, new in zip(chapters, answers, strict=True):
                chapter.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    rewrite([Path(argument) for argument in sys.argv[1:]])
