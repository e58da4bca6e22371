"""A grant: what was received and spent of it, what is left and by when, what was certified, and what looks paid twice.

Law: spending is a grant's where it drew on a commitment that names the grant; the draws of one line of spending are its
cost and never more, so a line that drew on two grants is no double funding. What is marked is what the data can show:

    two grants to one body, of one grantor or settlement, for the same thing in the same year;
    a return that certifies more than was drawn on the grant, where the same lines of spending also drew on another
    grant whose return is certified for that year.

It does not see spending outside this ledger, nor that two texts mean the same thing in other words; and what is marked
may have a good reason. The host's own commitment counts as received: it needs no receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement

from ledger.errors import NotFound
from ledger.events.commitments import CommitmentMade
from ledger.events.contributions import PassThroughMade
from ledger.events.grants import ConditionMet, GrantConditionsRecorded, GrantReturnCertified
from ledger.values import Pence
from projections.facts import Fact
from projections.rows import Row
from projections.sight.pool import COMMITTED
from projections.sight.reading import Sight, numbers
from projections.sight.sums import Sum, resting
from projections.sight.tables import postings

YEAR_COLUMNS = (
    *("year", "awarded", "committed", "brought", "received", "eligible_spend", "unspent"),
    *("carried", "to_return", "returned", "passed_on", "entries"),
)
CERTIFIED_COLUMNS = ("year", "what", "certified", "ledger", "difference", "entries")
CONDITION_COLUMNS = ("condition", "what", "standing", "entries")
DUPLICATE_COLUMNS = ("year", "grant", "why", "amount", "entries")
Account = dict[str, Sum]


@dataclass(frozen=True)
class Granted:
    """One grant on the clocks of a sight."""

    sight: Sight
    grant: str

    @cached_property
    def recorded(self) -> tuple[GrantConditionsRecorded, Fact]:
        """Its terms. Raises NotFound."""
        for event, fact in self.sight.of(GrantConditionsRecorded):
            if event.grant == self.grant:
                return event, fact
        raise NotFound(f"there is no grant {self.grant} here, as then known", next_step="outcomes view trail")

    @property
    def terms(self) -> GrantConditionsRecorded:
        """Its terms. Raises NotFound."""
        return self.recorded[0]

    @cached_property
    def commitments(self) -> dict[str, CommitmentMade]:
        """The commitments that name it."""
        return {event.commitment: event for event, _ in self.sight.of(CommitmentMade) if event.grant == self.grant}

    def _sums(self, by: tuple[str, ...], account: str) -> list[tuple[tuple[str, ...], int, tuple[int, ...]]]:
        """The sums of an account over its commitments."""
        mine: ColumnElement[bool] = postings.c.commitment.in_(sorted(self.commitments))
        rows = self.sight.sums(by, postings.c.account == account, postings.c.standing == "effective", mine)
        return [(tuple(getattr(row, name) for name in by), int(row.pence), numbers(row.entries)) for row in rows]

    # -- by year --------------------------------------------------------------------------------------

    @cached_property
    def years(self) -> dict[str, Account]:
        """Its account in each year."""
        found: dict[str, Account] = {}
        for line in self.terms.profile:
            _add(found, str(line.year), "awarded", int(line.amount), self.recorded[1].entries)
        for (year, why, of_year), pence, entries in self._sums(("year", "why", "of_year"), "available"):
            name, sign = _heading(why, of_year)
            if name:
                _add(found, year, name, sign * pence, entries)
        for account, name in (("spent", "eligible_spend"), ("returned", "returned")):
            for (year,), pence, entries in self._sums(("year",), account):
                _add(found, year, name, pence, entries)
        self._receive(found)
        for event, fact in self.sight.of(PassThroughMade):
            if event.grant == self.grant:
                _add(found, str(event.year), "passed_on", int(event.amount), fact.entries)
        return dict(sorted(found.items()))

    def _receive(self, found: dict[str, Account]) -> None:
        """What came in, also what went back since; of the host's own commitment, all of it."""
        own = {name for name, one in self.commitments.items() if self.sight.hosts.get(one.pool or "") == one.funder}
        for (year, commitment), pence, entries in self._sums(("year", "commitment"), "cash"):
            if commitment not in own:
                _add(found, year, "received", pence, entries)
        for (year, commitment), pence, entries in self._sums(("year", "commitment"), "returned"):
            if commitment not in own:
                _add(found, year, "received", pence, entries)
        for (year, commitment, why), pence, entries in self._sums(("year", "commitment", "why"), "available"):
            if commitment in own and why in COMMITTED:
                _add(found, year, "received", pence, entries)

    def year_rows(self) -> list[Row]:
        """Its account year by year. What is unspent was received, and neither spent, carried on, nor given back."""
        rows: list[Row] = []
        for year, account in self.years.items():
            sums = {name: account.get(name, Sum()) for name in YEAR_COLUMNS[1:-1]}
            amounts = {name: one.amount for name, one in sums.items()}
            row = {"year": year, **amounts, "unspent": self.unspent(year)}
            rows.append({**row, "entries": resting(*sums.values())})
        return rows

    def unspent(self, year: str) -> Pence:
        """What was received and is not spent, carried on, nor given back, in a year."""
        one = {name: sum_.pence for name, sum_ in self.years.get(year, {}).items()}
        came = one.get("received", 0) + one.get("brought", 0)
        return Pence(came - sum(one.get(name, 0) for name in ("eligible_spend", "carried", "returned")))

    # -- what was certified ---------------------------------------------------------------------------

    @cached_property
    def certified(self) -> dict[str, tuple[GrantReturnCertified, Fact]]:
        """The latest return of each year."""
        returns = self.sight.of(GrantReturnCertified)
        return {str(event.year): (event, fact) for event, fact in returns if event.grant == self.grant}

    def certified_rows(self) -> list[Row]:
        """Each return beside what this ledger comes to, figure by figure."""
        rows: list[Row] = []
        for year, (event, fact) in sorted(self.certified.items()):
            account = self.years.get(year, {})
            for what in ("received", "eligible_spend", "unspent", "returned"):
                here = self.unspent(year) if what == "unspent" else account.get(what, Sum()).amount
                stated: Pence = getattr(event, what)
                row = {"year": year, "what": what.replace("_", " "), "certified": stated, "ledger": here}
                entries = tuple(sorted({*fact.entries, *account.get(what, Sum()).entries}))
                rows.append({**row, "difference": Pence(stated - here), "entries": entries})
        return rows

    # -- conditions -----------------------------------------------------------------------------------

    def condition_rows(self) -> list[Row]:
        """What must be so before the money may be kept, and whether the grantor found it so."""
        met = {event.condition: fact for event, fact in self.sight.of(ConditionMet) if event.grant == self.grant}
        return [
            {
                "condition": one.name,
                "what": one.what,
                "standing": "met" if one.name in met else "UNMET",
                "entries": met[one.name].entries if one.name in met else self.recorded[1].entries,
            }
            for one in self.terms.conditions
        ]

    # -- what looks paid twice ------------------------------------------------------------------------

    def duplicate_rows(self) -> list[Row]:
        """What is marked as funded twice; see the law of this page for what that shows, and what it does not."""
        return [*self._same_thing(), *self._certified_twice()]

    def _same_thing(self) -> Iterator[Row]:
        """Other grants to the same body, of the same giver, for the same thing in the same year."""
        terms, mine = self.terms, {str(line.year) for line in self.terms.profile}
        for event, fact in self.sight.of(GrantConditionsRecorded):
            giver = event.grantor == terms.grantor or event.settlement in {terms.settlement} - {None}
            same = event.to == terms.to and _plain(event.eligible) == _plain(terms.eligible)
            for year in sorted(mine & {str(line.year) for line in event.profile}):
                if event.grant != self.grant and giver and same:
                    sums = sum(int(line.amount) for line in event.profile if str(line.year) == year)
                    entries = tuple(sorted({*fact.entries, *self.recorded[1].entries}))
                    row = {"year": year, "grant": event.grant, "why": "to the same body, for the same thing"}
                    yield {**row, "amount": Pence(sums), "entries": entries}

    def _certified_twice(self) -> Iterator[Row]:
        """A return beyond what was drawn, where the same lines also drew on another grant that is certified."""
        for year, (event, fact) in sorted(self.certified.items()):
            drawn = self.years.get(year, {}).get("eligible_spend", Sum())
            over = int(event.eligible_spend) - drawn.pence
            for other in self._others() if over > 0 else ():
                both = self._lines(year) & other._lines(year)
                if both and year in other.certified:
                    entries = {*fact.entries, *other.certified[year][1].entries, *drawn.entries}
                    named = ", ".join(sorted(both)[:5])
                    why = f"more is certified than was drawn, and {named} drew on both, each of which is certified"
                    row = {"year": year, "grant": other.grant, "why": why, "amount": Pence(over)}
                    yield {**row, "entries": tuple(sorted(entries))}

    def _lines(self, year: str) -> set[str]:
        """The lines of spending that drew on it in a year."""
        rows = self._sums(("reference", "year"), "spent")
        return {line for (line, of), pence, _ in rows if of == year and pence}

    def _others(self) -> list[Granted]:
        names = [event.grant for event, _ in self.sight.of(GrantConditionsRecorded) if event.grant != self.grant]
        return [Granted(self.sight, name) for name in names]

    # -- sentences ------------------------------------------------------------------------------------

    def said(self) -> Iterator[str]:
        """Its terms in words, and what is late."""
        terms, today = self.terms, self.sight.today
        yield f"{terms.name}: {terms.grantor} to {terms.to}, {terms.restriction}; for {terms.eligible}."
        limits = [f"use by {terms.use_by}" if terms.use_by else "no day to use it by"]
        limits += [f"return by {terms.return_by}"] if terms.return_by else []
        yield f"{'; '.join(limits)}; what is unspent is {terms.unspent}."
        if any(row["standing"] == "UNMET" for row in self.condition_rows()):
            yield "A condition is unmet: its money is conditional."
        unspent = Pence(sum(self.unspent(year) for year in self.years))
        if terms.use_by is not None and terms.use_by < today and unspent > 0:
            yield f"LATE: {unspent.spoken} is unspent after {terms.use_by}."
        back = sum(one.get("to_return", Sum()).pence - one.get("returned", Sum()).pence for one in self.years.values())
        if terms.return_by is not None and terms.return_by < today and back > 0:
            yield f"LATE: {Pence(back).spoken} was to be returned by {terms.return_by}."
        yield from self._passing()

    def _passing(self) -> Iterator[str]:
        """Whether it was passed on in full, or what was kept by agreement."""
        terms = self.terms
        if terms.pass_through is None:
            return
        made = [event for event, _ in self.sight.of(PassThroughMade) if event.grant == self.grant]
        whole = sum(int(line.amount) for line in terms.profile)
        left = whole - sum(int(event.amount) + int(event.kept) for event in made)
        yield f"It is to be passed on to {terms.pass_through}: {Pence(left).spoken} is not yet."
        for event in made:
            if event.kept:
                yield f"{event.kept.spoken} of {event.year} was kept by agreement: {event.exception}."
        if terms.pass_by is not None and terms.pass_by < self.sight.today and left > 0:
            yield f"LATE: it was to be passed on by {terms.pass_by}."


def _heading(why: str, of_year: str) -> tuple[str, int]:
    """Under what a change of what is available stands, and its sign there; spending is counted by itself."""
    if why in COMMITTED:
        return "committed", 1
    if why == "carried":
        return ("brought", 1) if of_year else ("carried", -1)
    return ("to_return", -1) if why == "to-return" else ("", 0)


def _add(found: dict[str, Account], year: str, name: str, pence: int, entries: tuple[int, ...]) -> None:
    found.setdefault(year, {}).setdefault(name, Sum()).add(pence, entries)


def _plain(text: str) -> str:
    """A text without its case and its spaces."""
    return " ".join(text.casefold().split())
