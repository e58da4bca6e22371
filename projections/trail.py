"""The trail: who said what, when, under which office; what it changed, before and after; what came of it.

Law: every entry is in the trail, pending and effective, refused never: what was refused was never recorded.
Corrections are linked both ways. Both clocks are shown: when it was received, and when it became true.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.book import Book, Effect
from ledger.events.commitments import CommitmentFirmed, CommitmentMade, CommitmentVaried, CommitmentWithdrawn
from ledger.events.event import Event
from ledger.merkle import leaf_hash
from ledger.replay import Replayed
from ledger.rules.approvals import Waiting
from ledger.values import Instant
from projections.rows import Row
from projections.wording import spoken, total

COLUMNS = (
    *("entry", "hash", "received_at", "occurred_on", "by", "kind", "what", "before", "after"),
    *("standing", "lacks", "linked"),
)


@dataclass(slots=True)
class Trail:
    """The rows of a trail, kept for the subject asked about (a reference, an organisation, an entry), or for all."""

    subject: str | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    last_received_at: Instant | None = None
    _worth: dict[str, list[str]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _interesting: set[str] = field(default_factory=set)

    def take(self, replayed: Replayed) -> None:
        """Follow one entry."""
        said, event = replayed.entry.statement, replayed.entry.statement.event
        self.last_received_at = replayed.entry.received_at
        self._numbers[said.id] = replayed.position
        wanted = self._wants(replayed, event)
        if wanted:
            self._interesting.add(said.id)
            self.rows[said.id] = {
                "entry": replayed.position,
                "hash": leaf_hash(replayed.entry.line).hex()[:8],
                "received_at": str(replayed.entry.received_at),
                "occurred_on": event.occurred_on,
                "by": said.by,
                "kind": event.kind,
                "what": self._what(event),
                "before": None,
                "after": None,
                "standing": "effective",
                "lacks": None,
                "linked": (self._numbers[event.about],) if event.about in self._numbers else (),
            }
        if event.about in self.rows:
            target = self.rows[event.about]
            target["linked"] = tuple(sorted({*target["linked"], replayed.position}))
        for effect in replayed.effects:
            self._follow(effect)

    def _wants(self, replayed: Replayed, event: Event) -> bool:
        if self.subject is None or self.subject == str(replayed.position):
            return True
        if event.about in self._interesting:
            return True
        said = replayed.entry.statement
        names = {tag.split(":", 1)[1] for tag in said.tags() if ":" in tag} | {said.id, said.by}
        return self.subject in names or self.subject in said.tags()

    def _what(self, event: Event) -> str:
        if event.about is None:
            return spoken(event)
        return f"entry {self._numbers.get(event.about, '?')}"

    def _follow(self, effect: Effect) -> None:
        row = self.rows.get(effect.entry)
        before, after = self._change(effect)
        if row is None:
            return
        row["standing"] = effect.standing
        row["linked"] = tuple(sorted({*row["linked"], *effect.rests_on} - {row["entry"]}))
        if effect.standing == "effective":
            row["before"], row["after"] = before, after

    def _change(self, effect: Effect) -> tuple[str | None, str | None]:
        """What the commitment was worth before and after."""
        reference = getattr(effect.event, "commitment", None)
        if reference is None or effect.standing not in ("effective", "reversed"):
            return None, None
        worth = self._worth.setdefault(reference, [])
        if effect.standing == "reversed":
            if worth:
                worth.pop()
            return None, None
        before = worth[-1] if worth else None
        worth.append(_worth(effect.event, before))
        return before, worth[-1]

    def finish(self, book: Book) -> list[Row]:
        """The rows: who has still to sign what waits or counts unsigned, and what lapsed by the log's own clock."""
        waiting, unsigned = book.approvals.waiting, book.approvals.unsigned
        for entry, row in self.rows.items():
            if row["standing"] == "waiting":
                held = waiting.get(entry)
                if held is None or (self.last_received_at and self.last_received_at > held.expires):
                    row["standing"] = "lapsed"
                else:
                    row["lacks"] = _lacking(held)
            elif row["standing"] == "unconfirmed" and (quoted := book.approvals.unconfirmed.get(entry)):
                row["lacks"] = _lacking(quoted) or None
            elif entry in unsigned:
                row["standing"], row["lacks"] = "unsigned", _lacking(unsigned[entry])
        return list(self.rows.values())


def _lacking(held: Waiting) -> str:
    return "; ".join(str(place) for _, place in held.open_places)


def _worth(event: Event, before: str | None) -> str:
    amount, _, strength = (before or "0.00 firm").partition(" ")
    match event:
        case CommitmentMade():
            return f"{total(event)} {event.strength}"
        case CommitmentVaried():
            return f"{total(event)} {strength}"
        case CommitmentFirmed():
            return f"{amount} firm"
        case CommitmentWithdrawn():
            return "0.00 withdrawn"
    return before or ""
