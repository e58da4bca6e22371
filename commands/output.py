"""`-o FILE` of every view: the ending of the name decides the form of the paper.

Law: a file is there whole or not at all. An ending that nobody knows is refused before anything is read. What makes
sheets and PDF is loaded only when one is asked for.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import click

from ledger.errors import InputOutput, Malformed, NotFound
from projections.papers import text
from projections.papers.paper import Paper


def _ods(paper: Paper) -> bytes:
    from projections.papers import ods

    return ods.spreadsheet(paper)


def _xlsx(paper: Paper) -> bytes:
    from projections.papers import xlsx

    return xlsx.workbook(paper)


def _pdf(paper: Paper) -> bytes:
    from projections.papers import typeset

    return typeset.pdf(paper)


def _html(paper: Paper) -> bytes:
    from projections.papers import page

    return page.page(paper).encode()


def _svg(paper: Paper) -> bytes:
    drawn = next((section.picture for section in paper.sections if section.picture is not None), None)
    if drawn is None:
        raise NotFound(f"{paper.title} has no picture", next_step="write it as .html, .pdf or .ods")
    return drawn.encode()


def _text(form: str) -> Callable[[Paper], bytes]:
    return lambda paper: "".join(text.written(paper, form)).encode()


ENDINGS: Final[dict[str, Callable[[Paper], bytes]]] = {
    ".ods": _ods,
    ".xlsx": _xlsx,
    ".csv": _text("csv"),
    ".json": _text("json"),
    ".jsonl": _text("jsonl"),
    ".pdf": _pdf,
    ".svg": _svg,
    ".html": _html,
    ".txt": lambda paper: "".join(text.plain(paper)).encode(),
}


def _known(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None:
        _maker(path)
    return path


OUTPUT = click.option(
    *("-o", "--output"),
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=_known,
    help=f"Write it to a file; its ending decides: {' '.join(ENDINGS)}.",
)
"""The option of every view."""


def write(paper: Paper, path: Path) -> None:
    """Write the paper in the form that the ending says, and tell so. Raises Malformed, NotFound, InputOutput."""
    write_pieces([_maker(path)(paper)], path)
    click.echo(f"wrote {path} ({paper.size:,} {'row' if paper.size == 1 else 'rows'})", err=True)


def write_pieces(pieces: Iterable[bytes], path: Path) -> None:
    """Write a file of any length, piece by piece: it is there whole, or not at all. Raises InputOutput."""
    try:
        _placed(path, pieces)
    except OSError as error:
        why = f"it could not be written: {error.strerror}"
        raise InputOutput(why, where=str(path), next_step="mend that, or name another file") from None


def _maker(path: Path) -> Callable[[Paper], bytes]:
    maker = ENDINGS.get(path.suffix.lower())
    if maker is None:
        why = f"the ending decides the form, and {path.suffix or 'none'} is none of {' '.join(ENDINGS)}"
        raise Malformed(why, where=str(path), next_step="name the file with one of these endings")
    return maker


def _placed(path: Path, pieces: Iterable[bytes]) -> None:
    """Write beside it, then rename: whoever reads the file reads the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # mkstemp keeps it to ourselves; a paper is as readable as any file
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
