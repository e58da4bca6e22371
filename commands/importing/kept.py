"""Kept: the lines of imported listings, beside this home's other files, so that a changed listing can be compared.

Law: references and amounts of single lines never enter the ledger, which holds their sums and their digest. They are
kept here, for their owner alone (mode 0600), under the digest that the ledger holds; a file that does not have it is
not believed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import InputOutput
from ledger.values import Digest

TOGETHER: Final = 4096
"""Lines that are held before they are written: memory stays flat, and few files are open at once."""


class Shelf:
    """The listings that are kept for one ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, digest: Digest) -> Path:
        return self.folder / f"{digest.hex()}.jsonl"

    def read(self, digest: Digest) -> list[bytes] | None:
        """The lines of that listing; None where they are not kept, or are not what was kept."""
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputOutput(f"{error.strerror}", where=str(self._path(digest))) from None
        return data.splitlines(keepends=True) if hashlib.sha256(data).digest() == digest else None

    @contextmanager
    def drafts(self) -> Iterator[Drafts]:
        """A place for the lines of an import until it is known whether they are kept. Raises InputOutput."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = Path(tempfile.mkdtemp(prefix=".", dir=self.folder))  # for its owner alone
        except OSError as error:
            raise InputOutput(f"{error.strerror}", where=str(self.folder)) from None
        try:
            yield Drafts(self, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, draft: Path, digest: Digest) -> None:
        """A draft becomes a kept listing, whole or not at all."""
        draft.replace(self._path(digest))


class Drafts:
    """The lines of one import, in a file for each scheme and month."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf = shelf
        self._folder = folder
        self._held: dict[int, list[bytes]] = defaultdict(list)
        self._count = 0

    def add(self, number: int, line: bytes) -> None:
        """One more line of the listing of that number."""
        self._held[number].append(line)
        self._count += 1
        if self._count >= TOGETHER:
            self._flush()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.jsonl"

    def _flush(self) -> None:
        for number, lines in self._held.items():
            try:
                place = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(place, "ab") as stream:
                    stream.writelines(lines)
            except OSError as error:
                raise InputOutput(f"{error.strerror}", where=str(self._path(number))) from None
        self._held.clear()
        self._count = 0

    def lines(self, number: int) -> list[bytes]:
        """The lines of the listing of that number."""
        self._flush()
        return self._path(number).read_bytes().splitlines(keepends=True)

    def keep(self, number: int, digest: Digest) -> None:
        """Keep them. Raises InputOutput."""
        self._flush()
        if self._path(number).exists():
            self._shelf.keep(self._path(number), digest)
