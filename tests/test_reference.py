"""What is written about the program is what the program does: the reference, the guides, the README, the hints.

Law: a page that states a fact of the program is printed by the program, run, or compared with it here. A page that has
grown old fails a test, and the test says how to write it anew.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import select
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from commands import exits
from commands.catalogue import reference
from commands.main import door, main
from commands.topics import ENVIRONMENT
from ledger import errors, events
from tests import transcript

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
GOLDEN = Path(__file__).parent / "golden" / "kinds.txt"
CATALOGUE = DOCS / "reference" / "catalogue.md"
TUTORIAL = DOCS / "tutorial.md"
PAGES = sorted([*TOP.glob("*.md"), *DOCS.rglob("*.md")])
CODE = sorted(path for room in ("ledger", "projections", "commands") for path in (TOP / room).rglob("*.py"))
CORE = sorted(
    [*(TOP / "ledger" / "rules").glob("*.py"), *(TOP / "ledger" / "events").glob("*.py"), TOP / "ledger" / "book.py"]
)


def text_of(path: Path) -> str:
    """The text of a page."""
    return path.read_text(encoding="utf-8")


# -- the reference --------------------------------------------------------------------------------


def test_the_reference_is_what_the_program_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--markdown"]) == 0
    assert text_of(CATALOGUE) == capsys.readouterr().out, "it has grown old: make docs"


def test_every_field_in_the_reference_has_its_sentence() -> None:
    fields = [line for line in reference() if re.match(r"- `\w+` \(", line)]
    assert len(fields) > 80
    assert not [line for line in fields if not re.search(r"\): \S.*\.$", line)]


def test_every_error_stands_in_the_reference_with_its_sentence() -> None:
    page = text_of(CATALOGUE)
    named = {one.__name__ for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Exception)}
    assert {name for name in named if not re.search(rf"(?m)^ *- \*\*{name}\*\*: \S.*\.$", page)} == set()


def test_every_error_has_an_exit_code_and_every_exit_code_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "exit-codes"]) == 0
    printed, page = capsys.readouterr().out, text_of(CATALOGUE)
    for code, meaning in exits.MEANINGS.items():
        assert f"{code:>3}  {meaning}\n" in printed
        assert f"- `{code}`: {meaning}\n" in page
    every = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, errors.LedgerError)]
    assert {exits.code_of(one("why")) for one in every} <= exits.MEANINGS.keys()


# -- the kinds ------------------------------------------------------------------------------------


def test_no_kind_is_ever_taken_away_renamed_or_moved() -> None:
    """A new kind adds a line at the end of the golden list. A line that is there stays, and stays where it is."""
    golden = text_of(GOLDEN).splitlines()
    assert sorted(golden) == sorted(events.KINDS)
    for chapter, members in events.CHAPTERS.items():
        kinds = [member.kind for member in members]
        assert [kind for kind in golden if kind in kinds] == kinds, f"{chapter} grows at its end"


def test_the_changelog_lists_every_kind_once() -> None:
    listed = re.findall(r"`([a-z-]+/[0-9]+)`", text_of(TOP / "CHANGELOG.md"))
    assert sorted(listed) == sorted(events.KINDS)


# -- the commands ---------------------------------------------------------------------------------


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group, with the words that call it."""
    waiting: list[tuple[tuple[str, ...], click.Command]] = [((), door)]
    while waiting:
        words, command = waiting.pop()
        yield words, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None, name
                waiting.append(((*words, name), found))


COMMANDS = dict(commands())


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_commands_help_begins_with_an_example(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    usage, _, first, *_ = (line.strip() for line in lines)
    assert usage.startswith(" ".join(("Usage: outcomes", *words)))
    assert first.startswith("Example: outcomes")
    assert wrong_call(example_of(words)) == ""


def example_of(words: tuple[str, ...]) -> str:
    """The example, in one line."""
    return " ".join(inspect.cleandoc(COMMANDS[words].help or "").split("\n\n")[0].split()).removeprefix("Example: ")


def test_no_option_takes_a_secret() -> None:
    """Others could read it in the list of processes (law of `commands/keyring.py`)."""
    names = {name for command in COMMANDS.values() for option in command.params for name in option.opts}
    assert {name for name in names if re.search("pass|secret|private|seed", name)} == set()
    assert "--log-key" in names  # the name of a file, or a public key


def wrong_call(call: str) -> str:
    """What is wrong with a call of the program: no such command, or no such option; or nothing."""
    words = shlex.split(re.split(r" (?:[|>;&]|2>)", call)[0], comments=True)[1:]
    path: tuple[str, ...] = ()
    while words and (*path, words[0]) in COMMANDS:
        path = (*path, words.pop(0))
    command = COMMANDS[path]
    if words and isinstance(command, click.Group) and not words[0].startswith(("-", "...")):
        return f"{call}: no command {words[0]}"
    known = {name for one in (command, door) for option in one.params for name in (*option.opts, "--help")}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"{call}: no option {', '.join(unknown)}" if unknown else ""


def calls(page: str) -> Iterator[str]:
    """Each call of the program that a page shows, in a block or between backticks."""
    blocks = re.findall(r"(?ms)^(```(?:console|sh|text)?\n.*?^```)$", page)
    for block in blocks:
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            if found := re.match(r"(?:\$ )?(?:[A-Z_]+=\S* )*(outcomes .*)", line):
                yield found[1]
    yield from (" ".join(call.split()) for call in re.findall(r"(?s)`(outcomes [^`]+)`", page))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_every_call_that_a_page_shows_can_be_made(path: Path) -> None:
    assert [wrong for call in calls(text_of(path)) if (wrong := wrong_call(call))] == []


def test_a_call_that_cannot_be_made_would_be_found() -> None:
    assert wrong_call("outcomes commitment make C-1 --pool prevention | head") == ""
    assert wrong_call("outcomes commitment burn C-1") == "outcomes commitment burn C-1: no command burn"
    assert wrong_call("outcomes view entry --as-known 7") == "outcomes view entry --as-known 7: no option --as-known"


SENTENCE = re.compile(r"[,;:)']| (?:brings|compares|first|founds|gives|lists|makes|says|shows|writes)\b|\.$")
"""Where the call ends in a hint, and the sentence goes on."""


def test_every_call_that_a_hint_proposes_can_be_made() -> None:
    said = [
        node.value for path in CODE for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Constant)
    ]
    found = [re.search(r"(?:^|[:,] |, or )(outcomes (?!of )[a-z].*)", text) for text in said if isinstance(text, str)]
    calls_proposed = {re.split(SENTENCE, call[1])[0] for call in found if call}
    assert len(calls_proposed) > 25
    assert [wrong for call in sorted(calls_proposed) if (wrong := wrong_call(call))] == []


def test_every_variable_that_is_read_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    read = {name for path in CODE for name in re.findall(r'"(OUTCOMES_[A-Z_]+)"', text_of(path))}
    assert read == {name for name in ENVIRONMENT if name.startswith("OUTCOMES_")}
    assert main(["help", "environment"]) == 0
    printed = capsys.readouterr().out
    assert {name for name in read if name not in printed} == set()


# -- the pages ------------------------------------------------------------------------------------


def anchors(page: str) -> set[str]:
    """The names under which a page's headings can be linked to."""
    headings = re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", page))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if link.startswith("https://"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_every_file_that_a_page_names_is_there(path: Path) -> None:
    named = re.findall(r"`((?:ledger|commands|projections|tests|docs)/[\w./-]*)`", text_of(path))
    assert [name for name in named if not (TOP / name).exists()] == []


def test_the_glossary_defines_each_word_once_and_in_order() -> None:
    words = [word.lower() for word in re.findall(r"(?m)^\*\*(.+?)\.?\*\*", text_of(DOCS / "glossary.md"))]
    assert len(words) > 60
    assert words == sorted(set(words))


def test_the_glossary_cites_each_of_its_sources() -> None:
    entries, _, sources = text_of(DOCS / "glossary.md").partition("## Sources")
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", entries)}
    assert numbers == {int(number) for number in re.findall(r"(?m)^(\d+)\. ", sources)}


# -- the README and the tutorial -------------------------------------------------------------------


def test_what_the_readme_quotes_is_in_a_transcript() -> None:
    told = [*(TOP / "tests" / "transcripts").glob("*.txt"), TUTORIAL]
    steps = {f"{step.shown}\n{step.answer}" for path in told for step in steps_of(text_of(path), path.suffix)}
    quoted = [f"{step.shown}\n{step.answer}" for step in steps_of(text_of(TOP / "README.md"), ".md")]
    assert quoted
    assert [step for step in quoted if step not in steps] == []


def steps_of(text: str, suffix: str) -> list[transcript.Step]:
    """The steps of a transcript, or of a page's console blocks; without the story between them."""
    blocks = transcript.FENCE.findall(text) if suffix == ".md" else [re.sub(r"(?m)^(?:# .*)?\n", "", text)]
    return [step for block in blocks for step in transcript.read(block) if step.command]


def test_the_readme_opens_with_two_commands_that_are_there() -> None:
    opening = text_of(TOP / "README.md").split("```")[1]
    tasks = re.findall(r"(?m)^make (\w+)", opening)
    assert tasks == ["demo", "test"]
    assert all(re.search(rf"(?m)^{task}:.* ## ", text_of(TOP / "Makefile")) for task in tasks)


def test_the_tutorial_begins_where_the_tests_begin(tmp_path: Path) -> None:
    with transcript.place(tmp_path):
        settings = {name: value for name, value in os.environ.items() if name.startswith("OUTCOMES_")}
    shell = re.findall(r"(?ms)^```sh\n(.*?)^```$", text_of(TUTORIAL))[0]
    assert dict(word.split("=", 1) for word in shlex.split(shell) if word.startswith("OUTCOMES_")) == settings


def test_the_tutorial_shows_what_a_terminal_shows(place: Path) -> None:
    block = re.findall(r"(?ms)^```text\n(.*?)^```$", text_of(TUTORIAL))[0]
    for call, shown in re.findall(r"(?ms)^\$ (outcomes .*?)\n(.*?)^\.\.\.$", block):
        assert on_a_terminal(shlex.split(call)[1:], place).startswith(shown)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, without a seed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_a_terminal(arguments: list[str], folder: Path) -> str:
    """What a terminal shows when somebody answers: yes, and always the same passphrase, which is not echoed."""
    import pty

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "commands", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
        if shown.endswith(b"[y/N]: "):
            os.write(ours, b"y\n")
        elif re.search(rb"(?:assphrase [^\n]*|confirmation): $", shown):
            os.write(ours, b"three words here\n")
    os.close(ours)
    assert running.wait() == 0, shown
    return re.sub(rb" *\r\n", b"\n", shown).decode()


def _read(terminal: int) -> bytes:
    """What comes next; nothing at the end, or after half a minute."""
    try:
        return os.read(terminal, 4096) if select.select([terminal], [], [], 30)[0] else b""
    except OSError:  # Linux says so when the other end is closed
        return b""


# -- what the architecture page says ---------------------------------------------------------------

WORLD = {
    *("os", "io", "pathlib", "shutil", "tempfile", "glob", "subprocess", "sys", "socket", "http", "urllib", "ssl"),
    *("time", "random", "secrets", "asyncio", "threading", "multiprocessing", "sqlite3", "sqlalchemy", "eventsourcing"),
}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(TOP)))
def test_no_event_rule_or_book_reaches_for_the_world(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & WORLD
    names = {node.id for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Name)}
    assert not names & {"open", "input", "print", "eval", "exec", "__import__"}


def test_no_view_reads_around_the_replay() -> None:
    for path in (TOP / "projections").glob("*.py"):
        assert not {name for name in imported(path) if name.startswith(("ledger.store", "ledger.recording"))}
