"""The statement: every pound of a partner in exactly one line, and the lines add up to the whole.

Law (line-of-sight, "The statement"): committed and not paid over; paid over and unspent; spent, by where the outcomes
stand that it was spent on; returned; broken. Verified money is divided by how we know. What only a source states is
apart, and so is what we estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement

from ledger.events.contracts import ContractAgreed
from ledger.rules.drawing import payment_of
from ledger.values import Pence
from projections.postings import NOT_SPLIT
from projections.rows import Row
from projections.sight.contracted import left_by_standing
from projections.sight.reading import Sight, numbers
from projections.sight.standing import ABSENT, BROKEN, BY_DESIGN, CLAIMED, GRADES, NOT_DUE, VERIFIED, Outcomes, divided
from projections.sight.tables import postings

NOT_PAID, UNSPENT, RETURNED = "committed, not paid over", "paid over, unspent", "returned"
LINES = {
    NOT_PAID: NOT_PAID,
    UNSPENT: UNSPENT,
    NOT_DUE: "spent, outcome not yet due",
    ABSENT: "spent, due, none claimed or rejected",
    CLAIMED: "spent, claimed, unverified",
    VERIFIED: "spent, verified",
    BY_DESIGN: "spent with no outcome by design",
    RETURNED: "returned",
    BROKEN: "broken",
}
"""The lines, in the order of the statement."""
COLUMNS = ("line", "how_we_know", "amount", "unconfirmed", "estimated", "entries")


@dataclass(slots=True)
class Part:
    """A sum in one line, with where it is and what it rests on."""

    line: str
    grade: str
    where: str
    pence: int
    entries: frozenset[int]
    standing: str = "effective"


@dataclass(slots=True)
class Statement:
    """The parts of one partner's pounds."""

    sight: Sight
    partner: str
    outcomes: Outcomes
    parts: list[Part] = field(default_factory=list)

    def add(self, line: str, grade: str, where: str, pence: int, entries: Iterable[int], standing: str) -> None:
        """One more sum, unless it is nothing."""
        if pence:
            self.parts.append(Part(line, grade, where, pence, frozenset(entries), standing))

    @property
    def total(self) -> Pence:
        """Every pound, once."""
        return Pence(sum(part.pence for part in self.parts))


def stated(sight: Sight, partner: str) -> Statement:
    """The statement of a partner, on the clocks of the sight."""
    statement = Statement(sight, partner, Outcomes(sight))
    _pools(statement)
    _contracts(statement)
    return statement


def _pools(statement: Statement) -> None:
    """What it committed to pools: drawn, undrawn, gone back."""
    sight, own = statement.sight, postings.c.funder == statement.partner
    in_pool = (own, postings.c.pool != "", postings.c.contract == "", postings.c.standing == "effective")
    _spent(statement)
    drawn, cash = _by_pool(sight, "spent", own), _by_pool(sight, "cash", own)
    for pool, (left, entries) in _by_pool(sight, "available", *in_pool).items():
        in_hand = max(0, min(left, cash.get(pool, (0, ()))[0] - drawn.get(pool, (0, ()))[0]))
        paid = cash.get(pool, (0, ()))[1]
        statement.add(NOT_PAID, "", pool, left - in_hand, entries, "effective")
        statement.add(UNSPENT, "", pool, in_hand, {*entries, *paid}, "effective")
    for pool, (pence, entries) in _by_pool(sight, "to-return", own).items():
        statement.add(RETURNED, "", pool, pence, entries, "effective")
    quoted = (own, postings.c.pool != "", postings.c.contract == "", postings.c.standing != "effective")
    for pool, (pence, entries) in _by_pool(sight, "available", *quoted).items():
        statement.add(NOT_PAID, "", pool, pence, entries, "unconfirmed")


def _by_pool(sight: Sight, account: str, *where: ColumnElement[bool]) -> dict[str, tuple[int, tuple[int, ...]]]:
    rows = sight.sums(("pool",), postings.c.account == account, *where)
    return {row.pool: (int(row.pence), numbers(row.entries)) for row in rows}


def _spent(statement: Statement) -> None:
    """Where the pounds stand that spending drew: of a scheme together, under a contract payment by payment."""
    outcomes, sums = statement.outcomes, dict[tuple[str, str, str], tuple[int, set[int]]]()
    unsigned = statement.sight.unsigned
    for one in statement.sight.settled(funder=statement.partner):
        drawn = one.drawn
        if drawn.commitment in unsigned:
            statement.add(BROKEN, "", f"{drawn.pool} {drawn.scheme}".strip(), one.pence, one.entries, "effective")
            continue
        key = (drawn.pool, "", payment_of(drawn.reference)) if drawn.contract else (drawn.pool, drawn.scheme, "")
        before, entries = sums.setdefault(key, (0, set()))
        entries.update(one.entries)
        sums[key] = before + one.pence, entries
    for (pool, scheme, payment), (pence, entries) in sums.items():
        weights = outcomes.of_payment(payment) if payment else outcomes.weights(scheme)
        proof = outcomes.proof_of(payment) if payment else set[int]()
        proof |= outcomes.of_scheme(scheme).entries if scheme in outcomes.now else set()
        for (line, grade), part in divided(pence, weights).items():
            statement.add(line, grade, f"{pool} {scheme or payment}".strip(), part, entries | proof, "effective")


def _contracts(statement: Statement) -> None:
    """What it committed to contracts, and bought under them with its own money."""
    sight, by = statement.sight, ("contract", "standing")
    own = (postings.c.funder == statement.partner, postings.c.pool == "", postings.c.contract != "")
    bought = _bought(statement, own)
    committed: dict[str, dict[str, int]] = {}
    entries: dict[tuple[str, str], tuple[int, ...]] = {}
    for row in sight.sums(by, postings.c.account == "available", *own):
        committed.setdefault(row.contract, {})[row.standing] = int(row.pence)
        entries[row.contract, row.standing] = numbers(row.entries)
    for contract, sums in committed.items():
        for standing, left in left_by_standing(sums, bought.get(contract, 0)).items():
            statement.add(NOT_PAID, "", contract, left, entries[contract, standing], standing)


def _bought(statement: Statement, own: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    """What was paid or is owed under each contract, in pence, each sum in its line."""
    sight, outcomes = statement.sight, statement.outcomes
    sums: dict[str, int] = {}
    rows = sight.sums(("contract", "reference", "standing"), postings.c.account == "bought", *own)
    for row in rows:
        sums[row.contract] = sums.get(row.contract, 0) + int(row.pence)
        if row.standing == "effective" and row.reference:
            for (line, grade), pence in divided(int(row.pence), outcomes.of_payment(row.reference)).items():
                entries = {*numbers(row.entries), *outcomes.proof_of(row.reference)}
                statement.add(line, grade, row.contract, pence, entries, row.standing)
        else:  # a source states that it was paid, and nobody verified what for
            statement.add(CLAIMED, "", row.contract, int(row.pence), numbers(row.entries), row.standing)
    for row in sight.sums(("contract", "standing"), postings.c.account.in_(("owed", "written-off")), *own):
        # Above zero the provider owes money back, or never will: it bought nothing.
        if row.pence > 0:
            sums[row.contract] = sums.get(row.contract, 0) + int(row.pence)
            statement.add(ABSENT, "", row.contract, int(row.pence), numbers(row.entries), row.standing)
    return sums


# -- rows --------------------------------------------------------------------------------------------


def rows(statement: Statement) -> list[Row]:
    """The lines, in order; verified money by how we know."""
    shown: list[Row] = []
    for line, words in LINES.items():
        for grade in ("", *GRADES) if line == VERIFIED else ("",):
            parts = [part for part in statement.parts if (part.line, part.grade) == (line, grade)]
            if parts or (line != VERIFIED and not grade):
                shown.append(_row(words, grade or None, parts))
    return shown


def _row(words: str, grade: str | None, parts: list[Part]) -> Row:
    return {
        "line": words,
        "how_we_know": grade,
        "amount": Pence(sum(part.pence for part in parts)),
        "unconfirmed": Pence(sum(part.pence for part in parts if part.standing != "effective")),
        "estimated": Pence(sum(part.pence for part in parts if part.standing == "estimated")),
        "entries": tuple(sorted({entry for part in parts for entry in part.entries})),
    }


def notes(statement: Statement) -> list[str]:
    """What stands beside the statement: agreements without a counterfactual, and payments that nobody could split."""
    silent = [
        event.contract
        for event, _ in statement.sight.of(ContractAgreed)
        if event.counterfactual is None and any(part.where == event.contract for part in statement.parts)
    ]
    said = [f"no counterfactual was agreed under {', '.join(silent)}"] if silent else []
    unpaid = {part.where for part in statement.parts if part.line == NOT_PAID}
    for row in statement.sight.sums(("contract",), postings.c.account == "bought", postings.c.funder == NOT_SPLIT):
        if row.contract in unpaid and row.pence:
            said.append(
                f"{row.contract}: {Pence(int(row.pence)).spoken} was paid and can be put to no payer, so what is "
                "committed here may have been paid over"
            )
    return said
