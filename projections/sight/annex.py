"""The annex: each fund by its route to what it is spent on, who answers for it, and on what assurance.

In the manner of an Accounting Officer System Statement: one line for every route that money takes, so that no pound is
without somebody who answers. Law: whoever is named was appointed in this ledger, and whatever is relied on was placed
on record in it; where nobody or nothing was, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events.assurance import AnswerableOfficerAssessed
from ledger.events.commitments import CommitmentMade
from ledger.events.grants import GrantConditionsRecorded
from ledger.events.pools import PoolAgreed
from ledger.events.settlements import SettlementAwarded
from projections.rows import Row
from projections.sight.answering import lead_of, relied
from projections.sight.line import UNFUNDED, Line, Link, Place, bodies, breaks, pool_names
from projections.sight.reading import Sight
from projections.sight.sums import Sum, resting

COLUMNS = ("body", "fund", "route", "restriction", "amount", "answerable_officer", "assurance", "entries")
POWERS = {
    "nhs-act-2006-s75": "NHS Act 2006, section 75",
    "nhs-act-2006-s65z6": "NHS Act 2006, section 65Z6",
    "children-act-2004-s10": "Children Act 2004, section 10",
    "aligned": "aligned, not pooled",
}
OWN = "its own funds"
NOBODY, NOTHING = "nobody is named", "nothing was placed on record"


@dataclass(frozen=True, slots=True)
class Fund:
    """Where a commitment's money is from, and how tightly it is tied."""

    words: str
    source: Place | None
    restriction: str
    entries: tuple[int, ...]


def rows(line: Line) -> list[Row]:
    """A row for each fund and route; the sum is all that goes that way, spent or still to be."""
    funds, sums = _funds(line.sight), dict[tuple[str, str, str], tuple[Fund, Sum, Link]]()
    for link in line.links:
        if link.origin[0] != "partner" or link.state == "awarded":
            continue
        fund = funds.get(link.commitment) or Fund(OWN, None, "none", ())
        key = link.origin[1], fund.words, " ".join(link.to)
        sums.setdefault(key, (fund, Sum(), link))[1].add(link.pence, link.entries)
    return [_row(line.sight, *one) for one in sums.values() if one[1].pence]


def _row(sight: Sight, fund: Fund, sum_: Sum, link: Link) -> Row:
    body = link.origin[1]
    lead = lead_of(sight, body)
    assured, placed = _assurance(sight, body, fund, link.to)
    nobody = body == UNFUNDED
    return {
        "body": None if nobody else f"{bodies(sight).get(body, body)} ({body})",
        "fund": "beyond every commitment" if nobody else fund.words,
        "route": _route(sight, link.to),
        "restriction": None if nobody else fund.restriction,
        "amount": sum_.amount,
        "answerable_officer": f"{lead.title} ({lead.office})" if lead else NOBODY,
        "assurance": "; ".join(assured) or NOTHING,
        "entries": resting(sum_, Sum(0, {*fund.entries, *(lead.entries if lead else ()), *placed})),
    }


def _funds(sight: Sight) -> dict[str, Fund]:
    """The fund that each commitment is from."""
    settlements = {event.settlement: (event, fact) for event, fact in sight.of(SettlementAwarded)}
    grants = {event.grant: (event, fact) for event, fact in sight.of(GrantConditionsRecorded)}
    found: dict[str, Fund] = {}
    for event, _ in sight.of(CommitmentMade):
        if event.grant in grants:
            grant, fact = grants[event.grant]
            words = f"grant {grant.grant}, {grant.name}, of {grant.grantor}"
            found[event.commitment] = Fund(words, ("grant", grant.grant), grant.restriction, fact.entries)
        elif event.settlement in settlements:
            award, fact = settlements[event.settlement]
            words = f"settlement {award.settlement}, {award.name}, of {award.department}: {award.authority}"
            found[event.commitment] = Fund(words, ("settlement", award.settlement), award.restriction, fact.entries)
    return found


def _route(sight: Sight, to: Place) -> str:
    """A pool with its power and its host; anything else by its name."""
    for event, _ in sight.of(PoolAgreed):
        if to == ("pool", event.pool):
            power = POWERS.get(event.legal_power, event.citation or event.legal_power)
            return f"pool {event.pool}, {event.name}: {power}; host {event.host}"
    name = pool_names(sight).get(to[1])
    return f"{' '.join(to)}, {name}" if name else " ".join(to)


def _assurance(sight: Sight, body: str, fund: Fund, to: Place) -> tuple[list[str], tuple[int, ...]]:
    """Whose assurance over the body is relied on, and what its answerable officer judged of the route."""
    placed = relied(sight, fund.source, body) if fund.source else []
    said = [assured for _, _, assured in placed]
    entries = {number for _, fact, _ in placed for number in fact.entries}
    for event, fact in sight.of(AnswerableOfficerAssessed):
        about = (("pool", event.pool), ("scheme", event.scheme), ("contract", event.contract))
        if to in about and event.organisation == body:
            tests = ("regularity", "propriety", "value_for_money", "feasibility")
            judged = ", ".join(f"{name.replace('_', ' ')} {getattr(event, name)}" for name in tests)
            said.append(f"assessed: {judged}")
            entries.update(fact.entries)
    return said, tuple(sorted(entries))


def sentences(line: Line) -> tuple[str, ...]:
    """What stands over the table."""
    left = [row for row in rows(line) if row["assurance"] == NOTHING]
    said = ["Each fund, the route by which it reaches what it is spent on, who answers for it, and what is relied on."]
    said += [f"BREAK: {sentence}." for sentence in breaks(line)]
    if left:
        said.append(f"For {len(left)} of {len(rows(line))} routes no assurance was placed on record.")
    return tuple(said)
