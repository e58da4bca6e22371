"""Contracted: what each payer of a contract committed with its own money, beside what was paid and what came of it.

Law: missing is not zero, so a payer that a contract names without an amount has none here. What a source does not
split is our estimate, pro rata to what the named payers committed, and is called so in the row itself; what can be put
to no payer stands for nobody. A unit has a cost only where somebody verified it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement

from ledger.events.contracts import ContractAgreed, ContractVaried
from ledger.values import Pence
from projections.postings import NOT_SPLIT
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.tables import postings

COLUMNS = (
    *("contract", "payer", "committed", "unconfirmed_committed", "paid", "unconfirmed_paid", "estimated"),
    *("how_divided", "owed", "not_yet", "above", "measures", "verified", "unit_cost", "entries"),
)
OWN = (postings.c.pool == "", postings.c.contract != "")
"""What is paid under contracts otherwise than by a pool."""
_ACCOUNTS: Final = ("available", "bought", "paid-out")
PRO_RATA: Final = "estimated, pro rata to what was committed"
PARTLY: Final = "partly estimated, pro rata to what was committed"
STATED: Final = "as the source states it"
NOBODY: Final = "to no payer: the source states no split, and what a payer committed is not known"
UNKNOWN: Final = "not known: payments of this contract can be put to no payer"


@dataclass(slots=True)
class Promise:
    """What one payer committed under one contract and paid, by standing, in pence."""

    contract: str
    payer: str
    committed: dict[str, int] = field(default_factory=dict)
    bought: dict[str, int] = field(default_factory=dict)
    """Paid or owed."""
    paid: dict[str, int] = field(default_factory=dict)
    by_year: dict[str, tuple[int, set[int]]] = field(default_factory=dict)
    """What a source states as paid, by the year of what was paid for, with the entries."""
    committed_by_year: dict[str, int] = field(default_factory=dict)
    entries: set[int] = field(default_factory=set)
    promised_in: set[int] = field(default_factory=set)
    """The entries of its commitments."""

    @property
    def left(self) -> int:
        """What is committed and neither paid nor owed."""
        return max(0, sum(self.committed.values()) - sum(self.bought.values()))

    @property
    def quoted(self) -> int:
        """What only a source states as paid."""
        return sum(self.bought.values()) - self.bought.get("effective", 0)

    @property
    def above(self) -> int:
        """What was paid or is owed beyond what the payer committed, where that is known."""
        return max(0, sum(self.bought.values()) - sum(self.committed.values())) if self.committed else 0

    @property
    def how_divided(self) -> str | None:
        """Where the payer's part is from, in words."""
        if not sum(self.paid.values()):
            return None
        if self.payer == NOT_SPLIT:
            return NOBODY
        estimated = self.paid.get("estimated", 0)
        if not estimated:
            return STATED if self.paid.get("unconfirmed", 0) else None
        return PRO_RATA if estimated == sum(self.paid.values()) else PARTLY


def promises(sight: Sight, *where: ColumnElement[bool]) -> list[Promise]:
    """What was committed and paid under contracts, payer by payer, in the order of the log."""
    found: dict[tuple[str, str], Promise] = {}
    by = ("contract", "funder", "account", "standing", "year")
    for row in sight.sums(by, postings.c.account.in_(_ACCOUNTS), *OWN, *where):
        one = found.setdefault((row.contract, row.funder), Promise(row.contract, row.funder))
        sums = {"available": one.committed, "bought": one.bought, "paid-out": one.paid}[row.account]
        pence = int(row.pence) if row.account != "paid-out" else -int(row.pence)
        sums[row.standing] = sums.get(row.standing, 0) + pence
        if row.account == "bought" and row.standing != "effective":
            before, entries = one.by_year.get(row.year, (0, set()))
            one.by_year[row.year] = before + pence, entries | set(numbers(row.entries))
        if row.account == "available":
            one.committed_by_year[row.year] = one.committed_by_year.get(row.year, 0) + pence
            one.promised_in.update(numbers(row.entries))
        one.entries.update(numbers(row.entries))
    return list(found.values())


def left_by_standing(committed: dict[str, int], bought: int) -> dict[str, int]:
    """What is left of several commitments, by standing: what was bought uses up confirmed ones first."""
    left: dict[str, int] = {}
    for standing in sorted(committed, key=lambda one: one != "effective"):
        used = min(max(0, bought), committed[standing])
        bought -= used
        left[standing] = committed[standing] - used
    return {standing: pence for standing, pence in left.items() if pence > 0}


def naming(sight: Sight, payer: str) -> set[str]:
    """The contracts that name a body as a payer, with an amount or without."""
    agreed: dict[str, tuple[str, ...]] = {}
    terms = [(event.contract, event.terms) for event, _ in sight.of(ContractAgreed)]
    terms += [(event.contract, event.terms) for event, _ in sight.of(ContractVaried)]
    for contract, one in terms:
        agreed[contract] = tuple(payer.payer for payer in one.payers)
    return {contract for contract, payers in agreed.items() if payer in payers}


def unsplit(everybody: Iterable[Promise]) -> dict[str, Promise]:
    """What was paid and can be put to no payer, by contract."""
    return {one.contract: one for one in everybody if one.payer == NOT_SPLIT and sum(one.bought.values()) > 0}


def of(sight: Sight, contracts: Iterable[str], payer: str | None) -> list[Promise]:
    """The promises under some contracts; of one payer with every contract that names it, or of every payer."""
    named = {*contracts, *(naming(sight, payer) if payer else ())}
    where = (postings.c.contract.in_(sorted(named)),)
    found = promises(sight, *where, *((postings.c.funder == payer,) if payer else ()))
    if payer is None:
        return found
    there = {one.contract for one in found}
    return [*found, *(Promise(contract, payer) for contract in sorted(named - there))]


def rows(
    found: Iterable[Promise], open_: Iterable[str], results: Mapping[str, tuple[int, int, Pence | None]]
) -> list[Row]:
    """A row for each. Under the contracts `open_` something was paid that can be put to no payer, so that nobody knows
    what the others paid; `results` has the number of measures, of verified outcomes, and the unit cost, by contract.
    """
    unknown = set(open_)
    shown: list[Row] = []
    for one in found:
        measures, verified, unit_cost = results.get(one.contract, (0, 0, None))
        told = {"measures": measures, "verified": verified, "unit_cost": unit_cost}
        shown.append({**_sums(one, known=one.contract not in unknown or bool(one.bought)), **told})
    return shown


def _sums(one: Promise, *, known: bool) -> Row:
    """What was committed and paid; what is not known is left open, and is not zero."""
    paid, bought = sum(one.paid.values()), sum(one.bought.values())
    return {
        "contract": one.contract,
        "payer": one.payer,
        "committed": Pence(sum(one.committed.values())) if one.committed else None,
        "unconfirmed_committed": Pence(one.committed.get("unconfirmed", 0)) if one.committed else None,
        "paid": Pence(paid) if known else None,
        "unconfirmed_paid": Pence(paid - one.paid.get("effective", 0)) if known else None,
        "estimated": Pence(one.paid.get("estimated", 0)) if known else None,
        "how_divided": one.how_divided if known else UNKNOWN,
        "owed": Pence(bought - paid) if known else None,
        "not_yet": Pence(one.left) if one.committed and known else None,
        "above": Pence(one.above) if known else None,
        "entries": tuple(sorted(one.entries)),
    }


def sentences(found: list[Promise]) -> list[str]:
    """What of these sums is not as it was stated or confirmed."""
    said: list[str] = []
    committed = sum(one.committed.get("unconfirmed", 0) for one in found)
    estimated = sum(one.paid.get("estimated", 0) for one in found)
    unsplit = sum(sum(one.paid.values()) for one in found if one.payer == NOT_SPLIT)
    if committed:
        said.append(f"note: {Pence(committed).spoken} of what is committed is unconfirmed: only a source states it")
    if estimated:
        why = "the source states no split, so it is divided pro rata to what the named payers committed"
        said.append(f"note: {Pence(estimated).spoken} of what was paid is an estimate: {why}")
    if unsplit:
        said.append(f"note: {Pence(unsplit).spoken} was paid and put {NOBODY}")
    return said
