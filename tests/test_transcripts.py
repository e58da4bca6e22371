"""Every transcript, the tutorial and the page for outsiders are run; each byte of their answers must be there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import transcript, worked

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
STORIES = sorted((HERE / "transcripts").glob("*.txt"))
NEEDS = {"verify-without-us.md": ("openssl", "jq", "ssh-keygen", "hledger", "ledger")}
PAGES = [DOCS / "tutorial.md", DOCS / "verify-without-us.md", DOCS / "line-of-sight.md"]


@pytest.mark.parametrize("path", [*STORIES, *PAGES], ids=lambda path: path.name)
def test_a_story_is_told_as_it_is_written(path: Path, tmp_path: Path, tool: Callable[[str], str]) -> None:
    for program in NEEDS.get(path.name, ()):
        tool(program)
    with transcript.place(tmp_path):
        for chapter in transcript.book(path):
            written, told = transcript.told(chapter)
            assert told == written, chapter.name


def test_a_transcript_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    with transcript.place(tmp_path):
        assert transcript.replayed("$ outcomes help formats\nnothing of the kind\n") != (
            "$ outcomes help formats\nnothing of the kind\n"
        )
        assert transcript.replayed("$ outcomes view trail\n").endswith("[10]\n")


def test_the_worked_bytes_of_the_format_document_are_what_the_program_makes() -> None:
    page = worked.PAGE.read_text(encoding="utf-8")
    assert page.partition(worked.BEGIN)[2].partition(worked.END)[0] == "\n" + worked.section()
