"""The line of sight: from where money is from, through who committed it, to what it was spent on and what came of it;
and back from what was achieved to everybody who paid for it.

Law: each link names the entries that it rests on. What is unfunded and what leads to no outcome is a break; where money
without a ring-fence becomes a body's own the line is handed over, with whose assurance is relied on, and that is not a
break. Outcomes are never divided: a funder met so much of their cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sqlalchemy import ColumnElement

from ledger.errors import NotFound
from ledger.events.assurance import AnswerableOfficerAssessed
from ledger.events.commitments import CommitmentMade
from ledger.events.contracts import ContractAgreed
from ledger.events.grants import GrantConditionsRecorded
from ledger.events.outcomes import OutcomeDefined
from ledger.events.pools import PoolAgreed
from ledger.events.register import LedgerFounded, OrganisationAdmitted
from ledger.events.settlements import SettlementAwarded
from ledger.values import Pence
from projections.facts import Fact
from projections.postings import NOT_SPLIT
from projections.rows import Row
from projections.settling import Drawn
from projections.sight.answering import lead_of, relied
from projections.sight.contracted import left_by_standing, promises
from projections.sight.measured import Measures
from projections.sight.reading import Sight, numbers
from projections.sight.standing import BROKEN, UNLINKED, Outcomes
from projections.sight.sums import per_cent
from projections.sight.tables import postings

UNSIGNED = "not signed by all"
"""A commitment counts by the approval table before everybody signed it: the authority is missing."""
BREAKS = ("unfunded", UNLINKED, UNSIGNED)
GIVEN = ("awarded", "committed")
"""What was given to a body, and what of that it committed: where its money is from, and none that was spent."""
UNFUNDED = "(unfunded)"
"""Whose spending is that no commitment covers."""
NO_YEAR, ALL_YEARS = "none stated", "all years"
"""The year of what is committed under a contract and not paid yet: commitments say none, or payments left some open."""
COLUMNS = ("from", "to", "year", "category", "accounts_as", "state", "amount", "entries")


@dataclass(frozen=True, slots=True)
class Link:
    """A sum that goes from one place to another; each place is (what, reference)."""

    origin: tuple[str, str]
    to: tuple[str, str]
    year: str
    category: str
    accounts_as: str
    state: str
    pence: int
    entries: tuple[int, ...]
    commitment: str = ""
    settled: str = ""
    """Of what leads to no outcome: how far it is funded all the same."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scheme or contract, and what it cost everybody."""

    of: tuple[str, str]
    outcomes: tuple[str, ...]
    verified: int
    claimed: int
    by_grade: dict[str, int]
    cost: int
    closed: bool
    measures: int
    """How many figures were measured of them; `measured` shows each."""
    entries: tuple[int, ...]

    @property
    def counted(self) -> int:
        """How many outcomes were claimed or verified."""
        return max(self.claimed, self.verified)

    @property
    def unit_cost(self) -> Pence | None:
        """The whole cost from all funders over the outcomes verified, to the nearest penny; none before any cost."""
        return Pence(round(Fraction(self.cost, self.verified))) if self.verified and self.cost else None


@dataclass(frozen=True, slots=True)
class Handover:
    """Where the pound-by-pound line ends: money without a ring-fence is the body's own from there."""

    source: tuple[str, str]
    body: str
    restriction: str
    officer: str | None
    assurance: tuple[str, ...]
    entries: tuple[int, ...]


@dataclass(slots=True)
class Line:
    """The links from some places on, or back from them."""

    sight: Sight
    outcomes: Outcomes
    measures: Measures
    links: list[Link] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)

    @property
    def breaks(self) -> list[Link]:
        """What is unfunded, what lacks authority, and what leads to no outcome."""
        return [link for link in self.links if link.state in BREAKS]


Place = tuple[str, str]


def place_of(sight: Sight, subject: str) -> Place:
    """What a reference names: a partner, settlement, grant, pool, scheme, contract or outcome. Raises NotFound."""
    outcomes = Outcomes(sight)
    found: Iterable[tuple[str, Iterable[str]]] = (
        ("partner", bodies(sight)),
        ("settlement", (event.settlement for event, _ in sight.of(SettlementAwarded))),
        ("grant", (event.grant for event, _ in sight.of(GrantConditionsRecorded))),
        ("pool", sight.hosts),
        ("scheme", outcomes.schemes),
        ("contract", outcomes.contracts),
        ("outcome", (event.outcome for event, _ in sight.of(OutcomeDefined))),
    )
    for what, names in found:
        if subject in names:
            return what, subject
    raise NotFound(
        f"{subject} is no partner, settlement, grant, pool, scheme, contract or outcome here, as then known",
        next_step="outcomes view partner, or outcomes view contracts",
    )


def bodies(sight: Sight) -> dict[str, str]:
    """Each body's name, by its identifier."""
    found = {event.organisation.id: event.organisation.name for event, _ in sight.of(LedgerFounded)}
    found.update({event.organisation.id: event.organisation.name for event, _ in sight.of(OrganisationAdmitted)})
    return found


def seen(sight: Sight, subject: str) -> Line:
    """The line of sight from or to whatever a reference names. Raises NotFound."""
    what, name = place_of(sight, subject)
    line = Line(sight, Outcomes(sight), Measures.of(sight))
    about = _serving(line.outcomes, name) if what == "outcome" else [(what, name)]
    if what == "partner":
        _forward(line, Chosen(funder=name))
        _origins(line)
    elif what in ("settlement", "grant"):
        made = _from_source(sight, what, name)
        _forward(line, Chosen(commitments=frozenset(made)))
        _origins(line)
    elif what == "pool":
        _forward(line, Chosen(pool=name))
    elif what == "scheme":
        _of_scheme(line, name)
    elif what == "contract":
        _forward(line, Chosen(contract=name))
    else:
        for kind, one in about:
            if kind == "scheme":
                _of_scheme(line, one)
            else:
                _forward(line, Chosen(contract=one))
    _results(line, about)
    return line


def _of_scheme(line: Line, scheme: str) -> None:
    """The pool's money for a scheme, and what others pay under the contracts that count its outcomes."""
    _forward(line, Chosen(scheme=scheme))
    for reference, contract in line.outcomes.contracts.items():
        if contract.scheme == scheme:
            _bought(line, Chosen(contract=reference).where)


def _from_source(sight: Sight, what: str, name: str) -> set[str]:
    """The commitments whose money is from a settlement or a grant, also by way of the settlement's grants."""
    grants = {name} if what == "grant" else set()
    grants |= {event.grant for event, _ in sight.of(GrantConditionsRecorded) if event.settlement == name}
    made = (event for event, _ in sight.of(CommitmentMade))
    return {one.commitment for one in made if one.grant in grants or (what == "settlement" and one.settlement == name)}


def _serving(outcomes: Outcomes, name: str) -> list[Place]:
    """The schemes and contracts that are to bring an outcome."""
    places: list[Place] = [("scheme", one.scheme) for one in outcomes.now.values() if name in one.outcomes]
    schemes = {scheme for _, scheme in places}
    for reference, contract in outcomes.contracts.items():
        if name in outcomes.served[reference] and contract.scheme not in schemes:
            places.append(("contract", reference))
    return places


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a line is followed from or to; each that is not stated is any."""

    funder: str | None = None
    commitments: frozenset[str] | None = None
    pool: str | None = None
    scheme: str | None = None
    contract: str | None = None

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """The same, for postings."""
        chosen = {"funder": self.funder, "pool": self.pool, "scheme": self.scheme, "contract": self.contract}
        found = [postings.c[name] == value for name, value in chosen.items() if value is not None]
        if self.commitments is not None:
            found.append(postings.c.commitment.in_(sorted(self.commitments)))
        return found

    def has(self, drawn: Drawn) -> bool:
        """Whether a draw is on the line."""
        wanted = ((self.scheme, drawn.scheme), (self.contract, drawn.contract))
        return all(one in (None, is_) for one, is_ in wanted) and (
            self.commitments is None or drawn.commitment in self.commitments
        )


def _forward(line: Line, chosen: Chosen) -> None:
    """The links of money: from funder to pool and scheme, and to contracts."""
    _drawn(line, chosen)
    if chosen.scheme is None:
        _undrawn(line, chosen.where)
    if chosen.pool is None and chosen.scheme is None and chosen.commitments is None:
        _bought(line, chosen.where)


def _drawn(line: Line, chosen: Chosen) -> None:
    """What spending drew, by state: from its funder by way of the pool to the scheme or contract."""
    sums: dict[tuple[str, ...], tuple[int, set[int]]] = {}
    for one in line.sight.settled(chosen.pool, chosen.funder):
        if chosen.has(one.drawn):
            drawn = one.drawn
            key = (*drawn[:8], one.state)  # without the line of spending: there is most of those
            before, entries = sums.get(key) or (0, set())
            entries.update(one.entries)
            sums[key] = before + one.pence, entries
    grouped, unsigned = dict[Link, tuple[int, set[int]]](), line.sight.unsigned
    for (funder, pool, year, category, accounts_as, scheme, contract, commitment, state), (
        pence,
        found,
    ) in sums.items():
        to = ("scheme", scheme) if scheme else ("administration", pool)
        to = ("contract", contract) if contract else to
        place = (year, category, accounts_as, state, 0, (), commitment)
        broken = to[0] == "scheme" and (BROKEN, "") in line.outcomes.weights(scheme)
        on = Link(("pool", pool), to, *place)
        came = Link(("partner", funder or UNFUNDED), ("pool", pool), *place)
        for link in (
            replace(came, state=UNSIGNED, settled=state) if commitment in unsigned else came,
            replace(on, state=UNLINKED, settled=state, commitment="") if broken else replace(on, commitment=""),
        ):
            already, entries = grouped.setdefault(link, (0, set()))
            grouped[link] = already + pence, entries | found
    line.links += [
        replace(link, pence=pence, entries=tuple(sorted(entries)))
        for link, (pence, entries) in grouped.items()
        if pence
    ]


def _undrawn(line: Line, where: list[ColumnElement[bool]]) -> None:
    """What is committed and not drawn yet."""
    by = ("funder", "pool", "contract", "year", "category", "accounts_as", "standing", "commitment")
    for row in line.sight.sums(by, postings.c.account == "available", *where):
        pence = int(row.pence)
        if row.contract and not row.pool:
            continue  # what a contract commits is shown with what was bought
        if pence:
            state = "undrawn" if row.standing == "effective" else "unconfirmed"
            line.links.append(
                Link(
                    ("partner", row.funder),
                    ("pool", row.pool),
                    row.year,
                    row.category,
                    row.accounts_as,
                    state,
                    pence,
                    numbers(row.entries),
                    row.commitment,
                )
            )


def _bought(line: Line, where: list[ColumnElement[bool]]) -> None:
    """What payers bought under contracts with their own money, as paid, owed, or only stated by a source."""
    by = ("funder", "contract", "year", "of_year", "standing")
    rows = line.sight.sums(by, postings.c.account == "bought", postings.c.pool == "", *where)
    for row in rows:
        if row.pence:
            state = "bought" if row.standing == "effective" else row.standing
            state = f"clawed back, of {row.of_year}" if row.of_year else state
            places = ("partner", row.funder), ("contract", row.contract)
            line.links.append(Link(*places, row.year, "", "", state, int(row.pence), numbers(row.entries)))
    for one in promises(line.sight, *where):
        years = {year for year in one.committed_by_year if year}
        for standing, left in left_by_standing(one.committed, sum(one.bought.values())).items():
            state = "undrawn" if standing == "effective" else "unconfirmed"
            places = ("partner", one.payer), ("contract", one.contract)
            told = ALL_YEARS if years else NO_YEAR
            line.links.append(Link(*places, told, "", "", f"not yet, {state}", left, tuple(sorted(one.promised_in))))


Given = GrantConditionsRecorded | SettlementAwarded


def _origins(line: Line) -> None:
    """Where the commitments' money is from, and where its line is handed over."""
    sight = line.sight
    given: dict[Place, tuple[Given, Fact]] = {}
    given |= {("settlement", event.settlement): (event, fact) for event, fact in sight.of(SettlementAwarded)}
    given |= {("grant", event.grant): (event, fact) for event, fact in sight.of(GrantConditionsRecorded)}
    made = {event.commitment: event for event, _ in sight.of(CommitmentMade)}
    sums: dict[tuple[Place, str], list[Link]] = {}
    for link in line.links:
        event = made.get(link.commitment)
        if event is not None:
            source = ("grant", event.grant) if event.grant else ("settlement", event.settlement or "")
            sums.setdefault((source, event.funder), []).append(link)
    for (source, funder), links in sums.items():
        if source in given:
            _origin(line, source, funder, links, *given[source])


def _origin(line: Line, source: Place, funder: str, links: list[Link], event: Given, fact: Fact) -> None:
    """What was given, all of it; what of that a body committed; and where its own money begins."""
    entries = {*fact.entries, *(number for link in links for number in link.entries)}
    pence = sum(link.pence for link in links)
    giver = event.grantor if isinstance(event, GrantConditionsRecorded) else event.department
    awarded, committed = GIVEN
    line.links.insert(0, Link(source, ("partner", funder), "", "", "", committed, pence, tuple(sorted(entries))))
    all_ = sum(one.amount for one in event.profile)
    whole = Link(("partner", giver), source, "", "", "", awarded, all_, fact.entries)
    if whole not in line.links:
        line.links.insert(0, whole)
    if event.restriction != "ring-fenced":
        line.handovers.append(_handover(line.sight, source, funder, event.restriction, fact))


def _handover(sight: Sight, source: Place, body: str, restriction: str, fact: Fact) -> Handover:
    lead, placed = lead_of(sight, body), relied(sight, source, body)
    entries = {*fact.entries, *(number for _, one, _ in placed for number in one.entries)}
    entries |= {*(lead.entries if lead else ())}
    words = tuple(said for _, _, said in placed)
    return Handover(source, body, restriction, lead.title if lead else None, words, tuple(sorted(entries)))


# -- what came of it ---------------------------------------------------------------------------------


def _results(line: Line, about: list[Place]) -> None:
    """What came of what was asked about, paid for or not, and of each scheme and contract that the line leads to.

    A contract that counts a scheme's outcomes stands with that scheme, so that no outcome is there twice.
    """
    places = dict.fromkeys([*about, *(link.to for link in line.links)])
    alone = (place for place in places if place[0] in ("scheme", "contract") and _counts(line, place) not in places)
    line.results += [_result(line, place) for place in alone]


def came_of(line: Line) -> dict[str, Result]:
    """What came of each contract that the line leads to, also of one that stands with its scheme."""
    shown = {one.of[1]: one for one in line.results if one.of[0] == "contract"}
    with_scheme = {link.to for link in line.links if link.to[0] == "contract" and link.to[1] not in shown}
    return shown | {place[1]: _result(line, place) for place in sorted(with_scheme)}


def _counts(line: Line, place: Place) -> Place | None:
    """The scheme whose outcomes a contract counts."""
    contract = line.outcomes.contracts.get(place[1]) if place[0] == "contract" else None
    return ("scheme", contract.scheme) if contract and contract.scheme else None


def _result(line: Line, place: Place) -> Result:
    outcomes, sight = line.outcomes, line.sight
    what, name = place
    if what == "scheme":
        count, named = outcomes.of_scheme(name), outcomes.now[name].outcomes
        closed = outcomes.closed(name)
    else:
        agreed = outcomes.contracts[name]
        count = outcomes.by_contract.get(name) or type(outcomes.of_scheme(""))()
        named = outcomes.served[name]
        closed = agreed.until is not None and agreed.until < sight.today
    measured = line.measures.about(named)
    entries = {*count.entries, *(number for _, fact in measured for number in fact.entries)}
    verified = dict(count.verified)
    return Result(
        place,
        tuple(named),
        count.all_verified,
        count.claimed,
        verified,
        outcomes.cost_of(what, name),
        closed,
        len(measured),
        tuple(sorted(entries)),
    )


# -- rows --------------------------------------------------------------------------------------------


def rows(line: Line) -> list[Row]:
    """A row for each link; the same link on several commitments is one."""
    grouped: dict[tuple[Place, Place, str, str, str, str], tuple[int, set[int]]] = {}
    for link in line.links:
        key = (link.origin, link.to, link.year, link.category, link.accounts_as, link.state)
        before, entries = grouped.setdefault(key, (0, set()))
        grouped[key] = before + link.pence, entries | set(link.entries)
    return [
        {
            "from": named(origin),
            "to": named(to),
            "year": year or None,
            "category": category or None,
            "accounts_as": accounts_as or None,
            "state": f"BREAK: {state}" if state in BREAKS else state,
            "amount": Pence(pence),
            "entries": tuple(sorted(entries)),
        }
        for (origin, to, year, category, accounts_as, state), (pence, entries) in grouped.items()
    ]


def breaks(line: Line) -> list[str]:
    """Each break in a sentence: so much, where, and why."""
    sums: dict[tuple[Place, str], int] = {}
    for link in line.breaks:
        if link.state == UNSIGNED:
            key = ("commitment", link.commitment), UNSIGNED
            sums[key] = sums.get(key, 0) + link.pence
        for state in {link.state, link.settled} & {*BREAKS} if link.to[0] != "pool" else ():
            sums[link.to, state] = sums.get((link.to, state), 0) + link.pence
    lacks = {reference: "; ".join(whom) for reference, whom in line.sight.unsigned.items()}
    why = {"unfunded": "is beyond every commitment", UNLINKED: "leads to no outcome"}
    why |= {UNSIGNED: "rests on a commitment that is not signed by all"}
    return [
        f"{Pence(pence).spoken} of {named(place)} {why[state]}"
        + (f": it lacks {lacks[place[1]]}" if state == UNSIGNED else "")
        for (place, state), pence in sums.items()
    ]


def named(place: Place) -> str:
    """A place in words: a body by its identifier, anything else with what it is."""
    return place[1] if place[0] == "partner" else " ".join(place)


RESULT_COLUMNS = (
    *("of", "outcomes", "claimed", "verified", "how_we_know", "cost_of_all", "unit_cost", "so_far"),
    *("own_part", "own_per_cent", "expected", "measured", "entries"),
)


def result_rows(line: Line, funder: str | None = None) -> list[Row]:
    """What came of each scheme and contract; beside it what a funder met of its cost, and what was expected."""
    expected = _assessed(line.sight)
    unknown = {row.contract for row in line.sight.sums(("contract",), postings.c.funder == NOT_SPLIT)}
    shown: list[Row] = []
    for one in line.results:
        to = {link.to for link in line.links if one.of in (link.to, _counts(line, link.to))}
        spent = [link.pence for link in line.links if link.to in to and _is_spent(link)]
        known = funder is not None and (bool(spent) or one.of[1] not in unknown)
        own = sum(spent) if known else None
        shown.append(
            {
                "of": " ".join(one.of),
                "outcomes": _several(one.outcomes),
                "claimed": one.claimed,
                "verified": one.verified,
                "how_we_know": ", ".join(f"{units} {grade}" for grade, units in one.by_grade.items() if units) or None,
                "cost_of_all": Pence(one.cost),
                "unit_cost": one.unit_cost,
                "so_far": not one.closed,
                "own_part": None if own is None else Pence(own),
                "own_per_cent": per_cent(own, one.cost),
                "expected": expected.get(one.of),
                "measured": one.measures or None,
                "entries": one.entries,
            }
        )
    return shown


def measure_rows(line: Line, outcome: str | None = None) -> list[Row]:
    """Each figure that was measured of the outcomes that the line leads to, or of the one that was asked about.

    That nothing was is said of a contract under which nobody claimed anything; what was claimed is in its own columns.
    """
    wanted = [(one, [name for name in one.outcomes if outcome in (None, name)]) for one in line.results]
    found: list[Row] = []
    for one, names in wanted:
        counted = one.counted > 0 or one.of[0] == "scheme"  # what is to come of a scheme is told beside its cost
        found += line.measures.rows(named(one.of), names, counted=counted)
    return found


def _several(outcomes: tuple[str, ...], most: int = 3) -> str | None:
    """Their names; of many the first, and how many there are: each is named with its measures."""
    if len(outcomes) > most:
        return f"{outcomes[0]} and {len(outcomes) - 1} more"
    return " ".join(outcomes) or None


def _is_spent(link: Link) -> bool:
    return link.state not in ("undrawn",) and not link.state.startswith("not yet")


def _assessed(sight: Sight) -> dict[Place, str]:
    """What answerable officers expected of schemes and contracts."""
    found: dict[Place, str] = {}
    for event, _ in sight.of(AnswerableOfficerAssessed):
        parts = [f"{event.units} outcomes" if event.units is not None else ""]
        parts += [f"at {event.unit_cost} each" if event.unit_cost is not None else ""]
        parts += [f"by {event.by_when}" if event.by_when is not None else ""]
        words = " ".join(part for part in parts if part)
        for what, name in (("pool", event.pool), ("scheme", event.scheme), ("contract", event.contract)):
            if name is not None and words:
                found[what, name] = words
    return found


HANDOVER_COLUMNS = ("source", "body", "restriction", "officer", "relied_on", "entries")


def handover_rows(line: Line) -> list[Row]:
    """Where the pound-by-pound line ends, who answers from there, and what is relied on."""
    return [
        {
            "source": " ".join(one.source),
            "body": one.body,
            "restriction": one.restriction,
            "officer": one.officer,
            "relied_on": "; ".join(one.assurance) or "nothing was placed on record",
            "entries": one.entries,
        }
        for one in line.handovers
    ]


def pool_names(sight: Sight) -> dict[str, str]:
    """The names of pools and contracts, by reference."""
    found = {event.pool: event.name for event, _ in sight.of(PoolAgreed)}
    found.update({event.contract: event.name for event, _ in sight.of(ContractAgreed)})
    return found
