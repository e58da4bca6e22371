"""Planning: what a listing's journals mean beside those that are recorded: new, the same, or changed.

Law: a listing that was imported adds nothing when it is imported again, and a changed one is never recorded beside the
old: the old journals are reversed first, and only where that is asked for with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from commands.importing.differences import Difference, between, by_row
from commands.importing.findings import Findings
from commands.importing.group import Wanted
from commands.importing.journals import Journal, Sum
from commands.importing.kept import Drafts, Shelf
from commands.importing.mapping import Mapping
from ledger.book import Effect
from ledger.events.spending import JournalRecorded
from ledger.values import Balance, Digest, encode_hook
from projections.journals import Journals, Month

CHANGED = "changed"
GONE = "a scheme that is recorded for a month of this listing and has no line in it, left as it is"


@dataclass(frozen=True, slots=True)
class Change:
    """A journal that stands, and the listing that says otherwise."""

    journal: Journal
    was: JournalRecorded
    effect: Effect
    differences: list[Difference]
    lines_kept: bool


@dataclass(slots=True)
class Plan:
    """What becomes of each journal of a listing."""

    file: str
    digest: Digest
    mapping: Mapping
    held: Journals
    shelf: Shelf
    drafts: Drafts
    new: list[Wanted] = field(default_factory=list)
    before: list[tuple[Wanted, int]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    said: list[tuple[Journal, str]] = field(default_factory=list)
    """Each journal, with what becomes of it in words."""
    take: list[Journal] = field(default_factory=list)
    """Those whose lines are to be kept."""

    def place(self, journal: Journal, *, correct: bool) -> None:
        """Decide about one journal."""
        month = self.mapping.reference, journal.scheme, journal.starts
        stands = self.held.journal(month)
        if stands is None:
            self._new(journal, month, "new")
            return
        was, effect = stands
        change = self._compared(journal, was, effect)
        if not change.differences:
            self._same(journal, month, effect)
            return
        self.changes.append(change)
        if correct and effect.standing == "effective":
            self._new(journal, month, f"corrects entry {effect.position}")
        else:
            self.said.append((journal, f"changed since entry {effect.position}"))

    def _new(self, journal: Journal, month: Month, word: str) -> None:
        self.new.append(self._wanted(journal, self.held.recorded(month)))
        self.said.append((journal, word))
        self.take.append(journal)

    def _same(self, journal: Journal, month: Month, effect: Effect) -> None:
        self.before.append((self._wanted(journal, self.held.recorded(month) - 1), effect.position))
        waits = ", which waits for others to sign" if effect.standing == "waiting" else ""
        self.said.append((journal, f"recorded before in entry {effect.position}{waits}"))
        self.take.append(journal)

    def _compared(self, journal: Journal, was: JournalRecorded, effect: Effect) -> Change:
        """The differences, line against line where the earlier lines are kept here."""
        lines = journal.lines(self.mapping)
        kept = self.shelf.read(was.listing) if was.listing != journal.listing else None
        found = between(kept, self.drafts.lines(journal.number)) if kept is not None else []
        if not found:  # nothing is kept, or only the order is another, or the map is
            found = by_row(was.lines, lines)
        if not found and kept is None and was.listing != journal.listing:
            found = [Difference(CHANGED, "the lines are others; no row's count or total differs")]
        return Change(journal, was, effect, found, kept is not None)

    def _wanted(self, journal: Journal, before: int) -> Wanted:
        listing = journal.listing
        reference = f"{journal.scheme[:36]}/{journal.starts:%Y-%m}/{listing.hex()[:12]}"
        body: dict[str, Any] = {
            "journal": f"{reference}-{before + 1}" if before else reference,
            "map": self.mapping.reference,
            "scheme": journal.scheme,
            "starts": str(journal.starts),
            "lines": [msgspec.to_builtins(line, enc_hook=encode_hook) for line in journal.lines(self.mapping)],
            "count": journal.whole.count,
            "total": str(Balance(journal.whole.total)),
            "listing": str(listing),
            "file": str(self.digest),
            "occurred_on": str(journal.ends),
        }
        key = ("journal", self.mapping.reference, journal.scheme, body["starts"], str(listing), str(before))
        return Wanted("journal-recorded/1", body, self.file, journal.whole.first, key)

    def corrections(self, digest_of: dict[str, str], reason: str) -> Iterator[Wanted]:
        """For each journal that another replaces its reversal; then what is new.

        A reversal occurs on the journal's own day: so the month comes right, and not the month of the correction.
        """
        for change in self.changes:
            if change.effect.standing == "effective":
                entry, day = change.effect.entry, str(change.was.occurred_on)
                said = {"entry": entry, "digest": digest_of[entry], "occurred_on": day}
                key = ("journal-reversed", entry)
                row = change.journal.whole.first
                yield Wanted("entry-reversed/1", said, self.file, row, key, {"reason": reason})
        yield from self.new

    def note(self, findings: Findings, *, correct: bool) -> None:
        """What keeps a changed journal from being recorded, and which schemes a month of the listing has lost."""
        for change in self.changes:
            where, row = f"entry {change.effect.position}", change.journal.whole.first
            was = Sum(change.was.count, change.was.total).told
            why = f"{change.journal.name} is {change.journal.whole.told} here; in {where} it is {was}"
            if change.effect.standing == "waiting":
                findings.wrong(self.file, row, CHANGED, f"{why}, and waits for others to sign")
            elif not correct:
                findings.wrong(self.file, row, CHANGED, why)
        months = {journal.starts for journal, _ in self.said}
        for starts in sorted(months):
            here = {journal.scheme for journal, _ in self.said if journal.starts == starts}
            for scheme in sorted(self.held.schemes(self.mapping.reference, starts) - here):
                stands = self.held.journal((self.mapping.reference, scheme, starts))
                told = f"{scheme} in {starts:%Y-%m}, entry {stands[1].position if stands else 0}"
                findings.add(self.file, "", GONE, f"{told}: outcomes reverse takes it back")

    def keep(self) -> None:
        """Keep the lines of every journal that is recorded, or will be."""
        for journal in self.take:
            self.drafts.keep(journal.number, journal.listing)
