"""Random histories of a pool's money, each step told twice: to the plain model and as the events that officers sign.

Law: a step is drawn from what the model says there is, so that most steps are allowed; now and then one asks for a
penny more than there is, and both must refuse it. Days are few and sums are small, so that things coincide.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final, TypeVar

from ledger.values import Balance, Pence, Share
from tests.sight_naive import (
    Agreed,
    Apportioned,
    Bearer,
    Carried,
    Closed,
    Committed,
    Credited,
    Firmed,
    Granted,
    Illegal,
    Income,
    Line,
    Lot,
    Met,
    Pot,
    Received,
    Reclassified,
    Record,
    Reversed,
    Settled,
    Sight,
    Spent,
    Tier,
    Varied,
    Withdrawn,
)
from tests.story import COUNCIL, ICB, POLICE

CHARITY: Final = "GB-EXAMPLE-CHARITY"
DEPARTMENT: Final = "GB-EXAMPLE-DEPARTMENT"
BODIES: Final = (COUNCIL, ICB, POLICE, CHARITY)
POOL: Final = "P-1"
SCHEMES: Final = ("S-1", "S-2")
YEARS: Final = ("2026-27", "2027-28")
HEADINGS: Final = (("resource", "revenue"), ("capital", "capital"))
DAYS: Final = tuple(
    date.fromisoformat(day)
    for day in ("2026-04-01", "2026-06-30", "2026-07-01", "2026-12-31", "2027-03-31", "2027-04-01", "2027-09-30")
)
POTS: Final = tuple(Pot(POOL, year, *heading) for year in YEARS for heading in HEADINGS)
WHY: Final = {"sealed": {"reason": "Agreed by the board."}}

T = TypeVar("T")


def officer(body: str) -> str:
    """Who signs for a body."""
    return f"{body}/{'s151' if body == COUNCIL else 'cfo'}"


HOST: Final = officer(COUNCIL)


@dataclass(frozen=True)
class Said:
    """An event that somebody signs; `more` goes to the pen."""

    kind: str
    body: dict[str, Any]
    by: str
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What happens next, as the model hears it and as the ledger does; of several events the last one is it.

    A step that takes something back names the model's entry instead of an event's body.
    """

    record: Record
    events: tuple[Said, ...]


@dataclass
class Instalment:
    """What fell due of a line of a commitment, and is held of it."""

    ref: str
    commitment: str
    line: tuple[str, str, str]
    due: int
    held: int = 0


@dataclass
class Telling:
    """A history as far as it has come, and what may come next."""

    dice: random.Random
    sight: Sight = field(default_factory=Sight)
    instalments: list[Instalment] = field(default_factory=list)
    said: dict[int, tuple[Said, ...]] = field(default_factory=dict)
    made: int = 0
    accruals: set[str] = field(default_factory=set)

    # -- dice ---------------------------------------------------------------------------------------

    def one(self, of: list[T] | tuple[T, ...]) -> T:
        """One of these."""
        return self.dice.choice(of)

    def number(self, low: int, high: int) -> int:
        """A whole number between these."""
        return self.dice.randint(low, max(low, high))

    def seldom(self, times: int = 6) -> bool:
        """Once in so many times."""
        return self.number(1, times) == times

    def sum(self) -> int:
        """A sum in pence: small, and seldom round."""
        return self.one([1, 2, 3, 7, 10, 33, 100, 101, 250, 999, 1000])

    def ref(self, prefix: str) -> str:
        """A reference that is new."""
        self.made += 1
        return f"{prefix}-{self.made}"

    def day(self, first: date = DAYS[0]) -> date:
        """A day, not before that one."""
        return self.one([day for day in DAYS if day >= first] or [first])

    # -- the beginning ------------------------------------------------------------------------------

    def agreed(self) -> Step:
        """The pool, among two to four bodies."""
        partners = tuple(self.dice.sample(BODIES[: (count := self.number(2, 4))], count))
        return self.terms(partners, POOL, first=True)

    def terms(self, partners: tuple[str, ...], pool: str, *, first: bool) -> Step:
        """A pool's agreement, or its variation."""
        draws = self.fixed(partners) if self.seldom(4) else ()
        risk = self.tiers(partners) if self.seldom(2) else ()
        record = Agreed(true=DAYS[0], pool=pool, host=COUNCIL, partners=partners, draws=draws, risk=risk)
        body: dict[str, Any] = {"pool": pool, "until": "2029-03-31", "occurred_on": str(DAYS[0])}
        body["draws"] = [{"partner": name, "share": wire_share(share)} for name, share in draws]
        body["risk_share"] = [wire_tier(tier) for tier in risk]
        if first:
            body |= {"name": "Prevention", "legal_power": "children-act-2004-s10", "host": COUNCIL}
            body |= {"partners": list(partners), "control_basis": "joint-operation", "starts": "2026-04-01"}
            return Step(record, (Said("pool-agreed/1", body, HOST),))
        return Step(record, (Said("pool-varied/1", body, HOST, WHY),))

    def fixed(self, partners: tuple[str, ...]) -> tuple[tuple[str, Fraction], ...]:
        """Fixed parts; they add to the whole."""
        parts = [Fraction(self.number(1, 5)) for _ in partners]
        return tuple((name, part / sum(parts)) for name, part in zip(partners, parts, strict=True))

    def tiers(self, partners: tuple[str, ...]) -> tuple[Tier, ...]:
        """A risk share; its last step takes all that is left."""
        tiers = []
        for last in (False, True) if self.seldom(2) else (True,):
            shares: dict[str, Fraction | None] = dict.fromkeys(partners)
            if self.seldom(2):
                shares.update(self.fixed(partners))
            caps = {name: self.sum() for name in partners if self.seldom(4)}
            bearers = tuple(Bearer(name, shares[name], caps.get(name)) for name in partners)
            tiers.append(Tier(bearers, None if last else self.sum()))
        return tuple(tiers)

    # -- what may come next -------------------------------------------------------------------------

    def step(self) -> Step:
        """What somebody tries next."""
        if not self.standing():
            return self.committed()
        ways = [
            *[self.committed] * 4,
            *[self.spent] * 8,
            *[self.received] * 5,
            *[self.credited] * 3,
            *[self.reversed] * 6,
            *[self.varied, self.varied, self.withdrawn, self.firmed, self.granted, self.met, self.income],
            *[self.settled, self.reclassified, self.apportioned, self.apportioned, *[self.carried] * 2, self.returned],
            *[self.revised, self.closed],
        ]
        return self.one(ways)() or self.spent()

    def told(self, step: Step, number: int) -> None:
        """The step took effect, and is the model's entry of that number."""
        self.said[number] = step.events
        for said in step.events:
            if said.kind == "contribution-due/1":
                line = (said.body["year"], said.body["category"], said.body["accounts_as"])
                due = int(Pence.parse(said.body["amount"]))
                self.instalments.append(Instalment(said.body["contribution"], said.body["commitment"], line, due))
        match step.record:
            case Received(amount=amount):
                self.instalment(step.events[-1].body["contribution"]).held += amount
            case Reversed(entry=entry) if isinstance(was := self.sight.log[entry - 1], Received):
                self.instalment(self.said[entry][-1].body["contribution"]).held -= was.amount

    def instalment(self, ref: str) -> Instalment:
        """The instalment of that reference."""
        return next(one for one in self.instalments if one.ref == ref)

    def partners(self) -> tuple[str, ...]:
        """The pool's partners."""
        return self.sight.pool(POOL).partners

    def standing(self) -> list[Committed]:
        """The commitments that are neither reversed nor withdrawn."""
        made = [one for _, one in self.sight.in_effect() if isinstance(one, Committed)]
        return [one for one in made if self.sight.standing(one.ref)]

    def spends(self) -> list[Spent]:
        """The spends of which something stands."""
        every = [one for _, one in self.sight.in_effect() if isinstance(one, Spent)]
        return [one for one in every if self.sight.total(one.ref) > 0]

    def lines_of(self, ref: str) -> tuple[Line, ...]:
        """The lines of a commitment as they stand."""
        return self.sight.lines_before(self.sight.now + 1, ref)

    def due_of(self, ref: str, line: tuple[str, str, str]) -> int:
        """What fell due of a line."""
        return sum(one.due for one in self.instalments if (one.commitment, one.line) == (ref, line))

    # -- commitments --------------------------------------------------------------------------------

    def lines(self) -> tuple[Line, ...]:
        """One line, or two of different pots."""
        pots = list(dict.fromkeys(self.dice.choices(POTS[:1] * 3 + POTS, k=self.number(1, 2))))
        return tuple(Line(pot.year, pot.category, pot.accounts_as, self.sum() * self.one([1, 3, 10])) for pot in pots)

    def committed(self) -> Step:
        """A funder commits."""
        funder = self.one(self.partners())
        grants = [one for _, one in self.sight.in_effect() if isinstance(one, Granted)]
        grants = [one for one in grants if one.grant.endswith(funder.removeprefix("GB-EXAMPLE-"))]
        gone = [one for one in self.sight.log if isinstance(one, Committed) and one.funder == funder]
        gone = [one for one in gone if self.reversed_as_error(one.ref)]
        record = Committed(
            true=DAYS[0] if not self.seldom(3) else self.day(),
            ref=self.ref("C"),
            funder=funder,
            pool=POOL,
            lines=self.lines(),
            scheme=self.one(SCHEMES) if self.seldom(3) else None,
            use_by=self.day(date(2026, 6, 30)) if self.seldom(3) else None,
            strength="indicative" if self.seldom(4) else "firm",
            grant=self.one(grants).grant if grants and self.seldom(2) else None,
            replaces=self.one(gone).ref if gone and not self.seldom(3) else None,
        )
        return Step(record, (Said("commitment-made/1", wire_commitment(record), officer(funder)),))

    def reversed_as_error(self, ref: str) -> bool:
        """Whether a commitment was reversed and nothing has replaced it."""
        replaced = [one for _, one in self.sight.in_effect() if isinstance(one, Committed) and one.replaces == ref]
        still = [one for _, one in self.sight.in_effect() if isinstance(one, Committed) and one.ref == ref]
        return not still and not replaced

    def firmed(self) -> Step | None:
        """A commitment becomes firm."""
        done = [one.ref for _, one in self.sight.in_effect() if isinstance(one, Firmed)]
        open_ones = [one for one in self.standing() if one.strength == "indicative" and one.ref not in done]
        if not open_ones:
            return None
        one = self.one(open_ones)
        day = self.day(one.true)
        body = {"commitment": one.ref, "occurred_on": str(day)}
        said = Said("commitment-firmed/1", body, officer(one.funder), {"decision": "Minute 3"})
        return Step(Firmed(true=day, ref=one.ref), (said,))

    def varied(self) -> Step | None:
        """A commitment's sums change; now and then to a penny less than is drawn."""
        one = self.one(self.standing())
        lines = []
        for line in self.lines_of(one.ref):
            low = self.due_of(one.ref, line[:3])
            lots = [lot for lot in self.sight.lots_of(one.ref) if lot.pot[1:] == line[:3]]
            drawn = sum(self.sight.drawn(lot) + self.sight.taken(lot) for lot in lots)
            amount = max(low, 1, self.one([drawn, drawn - 1, drawn + self.sum(), line.amount + self.sum(), self.sum()]))
            lines.append(line._replace(amount=amount))
        day = self.day(one.true)
        record = Varied(true=day, ref=one.ref, lines=tuple(lines))
        body = {"commitment": one.ref, "profile": wire_lines(record.lines), "occurred_on": str(day)}
        return Step(record, (Said("commitment-varied/1", body, officer(one.funder), WHY),))

    def withdrawn(self) -> Step | None:
        """A commitment ends; now and then one that is drawn."""
        free = [one for one in self.standing() if not any(due.commitment == one.ref for due in self.instalments)]
        if not free:
            return None
        one = self.one(free)
        day = self.day(one.true)
        body = {"commitment": one.ref, "occurred_on": str(day)}
        said = Said("commitment-withdrawn/1", body, officer(one.funder), WHY)
        return Step(Withdrawn(true=day, ref=one.ref), (said,))

    def granted(self) -> Step | None:
        """A grant to a partner, on conditions or not."""
        to = self.one(self.partners())
        grant = f"{self.ref('G')}-{to.removeprefix('GB-EXAMPLE-')}"
        conditions = ("match",) if self.seldom(2) else ()
        record = Granted(true=DAYS[0], grant=grant, conditions=conditions, kept=self.seldom(2))
        body = {"grant": grant, "name": "A grant", "grantor": DEPARTMENT, "to": to, "eligible": "Prevention"}
        body |= {"restriction": "none", "unspent": "kept" if record.kept else "returned", "occurred_on": str(DAYS[0])}
        lines = [Line(*pot[1:], 100_000) for pot in POTS]
        more = {
            "profile": wire_lines(tuple(lines)),
            "conditions": [{"name": name, "what": name} for name in conditions],
        }
        return Step(record, (Said("grant-conditions-recorded/1", {**body, **more}, officer(DEPARTMENT)),))

    def met(self) -> Step | None:
        """A condition is met."""
        done = [one.grant for _, one in self.sight.in_effect() if isinstance(one, Met)]
        grants = [one for _, one in self.sight.in_effect() if isinstance(one, Granted) and one.conditions]
        grants = [one for one in grants if one.grant not in done]
        if not grants:
            return None
        one, day = self.one(grants), self.day()
        body = {"grant": one.grant, "condition": "match", "occurred_on": str(day)}
        record = Met(true=day, grant=one.grant, condition="match")
        return Step(record, (Said("condition-met/1", body, officer(DEPARTMENT)),))

    # -- cash ---------------------------------------------------------------------------------------

    def received(self) -> Step | None:
        """Cash arrives for a line of a commitment; now and then more than was committed."""
        one = self.one(self.standing())
        line = self.one(self.lines_of(one.ref))
        owing = line.amount - self.due_of(one.ref, line[:3])
        day, before = self.day(one.true), []
        there = [held for held in self.instalments if (held.commitment, held.line) == (one.ref, line[:3])]
        if owing > 0 and (not there or self.seldom(2)):
            held = Instalment(self.ref("I"), one.ref, line[:3], self.number(1, owing))
            due = dict(zip(("year", "category", "accounts_as"), line[:3], strict=True))
            due |= {"contribution": held.ref, "commitment": one.ref, "amount": str(Pence(held.due))}
            due |= {"due_on": str(day), "occurred_on": str(day)}
            before = [Said("contribution-due/1", due, HOST)]
        elif there:
            held = self.one(there)
        else:
            return None
        amount = held.due if not self.seldom(3) else self.sum()
        body = {"contribution": held.ref, "amount": str(Pence(amount)), "occurred_on": str(day)}
        record = Received(true=day, ref=one.ref, line=line[:3], amount=amount)
        return Step(record, (*before, Said("contribution-received/1", body, HOST)))

    def returned(self) -> Step | None:
        """Cash is given back."""
        able = [one for one in self.instalments if one.held > 0]
        if not able:
            return None
        one, day = self.one(able), self.day()
        amount = self.number(1, one.held)
        body = {"contribution": one.ref, "amount": str(Pence(amount)), "occurred_on": str(day)}
        record = Received(true=day, ref=one.commitment, line=one.line, amount=-amount)
        return Step(record, (Said("contribution-returned/1", body, HOST, WHY),))

    def income(self) -> Step | None:
        """Money comes in from elsewhere."""
        heading, day = self.one(HEADINGS), self.day()
        scheme = self.one(SCHEMES) if self.seldom(3) else None
        record = Income(
            true=day,
            pool=POOL,
            partner=self.one(self.partners()),
            category=heading[0],
            accounts_as=heading[1],
            amount=self.sum(),
            scheme=scheme,
        )
        body = {"pool": POOL, "category": heading[0], "accounts_as": heading[1], "amount": str(Pence(record.amount))}
        body |= {"sort": "charges", "partner": record.partner, "occurred_on": str(day)}
        body |= {"scheme": scheme} if scheme else {}
        return Step(record, (Said("income-recorded/1", body, HOST),))

    # -- spending -----------------------------------------------------------------------------------

    def spent(self) -> Step:
        """Something is spent: a line, an accrual, a personal budget or the cost of running the pool."""
        kind = self.one(["spend-recorded/1"] * 4 + ["accrual-recorded/1", "administrative-cost-recorded/1"])
        heading, day = self.one(HEADINGS[:1] * 3 + HEADINGS), self.day()
        scheme = None if kind.startswith("administrative") else self.one(SCHEMES)
        record = Spent(
            true=day,
            ref=self.ref("X"),
            pool=POOL,
            scheme=scheme,
            category=heading[0],
            accounts_as=heading[1],
            amount=self.sum(),
        )
        body: dict[str, Any] = {
            "spend": record.ref,
            "category": heading[0],
            "accounts_as": heading[1],
            "occurred_on": str(day),
        }
        body |= {"cost": wire_cost(record.amount, self.number(0, record.amount - 1) if self.seldom(3) else 0)}
        body |= {"scheme": scheme} if scheme else {"pool": POOL, "what": "An office"}
        if kind.startswith("accrual"):
            self.accruals.add(record.ref)
        if scheme and (self.sight.reported(POOL, day) or self.seldom(30)):
            kind = "period-adjusted/1"
            self.accruals.discard(record.ref)
            return Step(replace(record, adjusts=True), (Said(kind, body, HOST, WHY),))
        return Step(record, (Said(kind, body, HOST),))

    def closed(self) -> Step | None:
        """The first quarter of a year is reported; now and then a penny beside what was spent."""
        year = self.one(YEARS)
        ends = date(int(year[:4]), 6, 30)
        spent = self.sight.spent_to(POOL, ends) + self.seldom(4)
        record = Closed(true=self.day(ends), pool=POOL, year=year, ends=ends, spent=spent, quarter=1)
        body = {"pool": POOL, "year": year, "stage": "quarter", "quarter": 1, "spent": str(Balance(spent))}
        return Step(record, (Said("period-closed/1", {**body, "occurred_on": str(record.true)}, HOST),))

    def credited(self) -> Step | None:
        """A credit note; now and then for a penny more than stands."""
        if not self.spends():
            return None
        one = self.one(self.spends())
        headings = self.sight.main_pot(one.ref)[2:]
        stands = sum(amount for _, amount in self.sight.under(one.ref, headings))
        if one.scheme is None or any(amount < 0 for _, amount in self.sight.stands(one.ref)):
            return None
        amount = self.one([stands, 1, self.number(1, stands), self.number(1, stands), stands + 1])
        day = self.day(one.true)
        body: dict[str, Any] = {"spend": self.ref("N"), "scheme": one.scheme, "credits": one.ref}
        body |= {"category": headings[0], "accounts_as": headings[1], "occurred_on": str(day)}
        body |= {"cost": wire_cost(amount, 0)}
        record = Credited(true=day, spend=one.ref, amount=amount, headings=headings)
        return Step(record, (Said("spend-recorded/1", body, HOST),))

    def settled(self) -> Step | None:
        """The invoice for an accrual comes; it is the one thing that does."""
        done = [one.spend for _, one in self.sight.in_effect() if isinstance(one, Settled)]
        able = [one for one in self.spends() if one.ref in self.accruals and one.ref not in done]
        if not able:
            return None
        one = self.one(able)
        day = self.day(one.true)
        cost = self.one([one.amount, one.amount + self.sum(), self.number(1, one.amount)])
        body = {"spend": one.ref, "cost": wire_cost(cost, 0), "occurred_on": str(day)}
        return Step(Settled(true=day, spend=one.ref, cost=cost), (Said("accrual-settled/1", body, HOST),))

    def reclassified(self) -> Step | None:
        """A spend, or part of it, belongs to the other pot of its year; now and then a penny more than there is."""
        if not self.spends():
            return None
        one = self.one(self.spends())
        old = self.sight.main_pot(one.ref)
        heading = next(other for other in HEADINGS if other != old[2:])
        stands = sum(amount for _, amount in self.sight.inside(one.ref, old))
        if stands <= 0 or any(amount < 0 for _, amount in self.sight.stands(one.ref)):
            return None
        amount = self.one([stands, self.number(1, stands), stands + 1])
        day = self.day(one.true)
        record = Reclassified(true=day, spend=one.ref, amount=amount, category=heading[0], accounts_as=heading[1])
        body = {"spend": one.ref, "amount": str(Pence(amount)), "category": heading[0], "accounts_as": heading[1]}
        body |= {"occurred_on": str(day)} | ({"authority": "A direction"} if old.category == "capital" else {})
        return Step(record, (Said("category-reclassified/1", body, HOST),))

    # -- the year's end -----------------------------------------------------------------------------

    def apportioned(self) -> Step | None:
        """The partners take on what is unfunded; now and then a penny more than there is."""
        able = [pot for pot in POTS if self.sight.unfunded(pot)]
        if not able:
            return None
        pot = self.one(able)
        there = sum(amount for _, amount in self.sight.unfunded(pot))
        amount = self.one([there, there, self.number(1, there), there + 1])
        day = self.day(date(int(pot.year[:4]), 12, 31))
        body = {**wire_pot(pot), "amount": str(Pence(amount)), "occurred_on": str(day)}
        body["lines"] = [
            {"partner": partner, "amount": str(Pence(part))} for partner, part in self.guess(pot, amount).items()
        ]
        record = Apportioned(true=day, pot=pot, amount=amount)
        return Step(record, (Said("variance-apportioned/1", body, HOST),))

    def guess(self, pot: Pot, amount: int) -> dict[str, int]:
        """The lines of an apportionment; where the rule has none, all of it for the host."""
        try:
            return self.sight.lines(pot, amount)
        except Illegal:  # the Book must refuse it too
            return {COUNCIL: amount}

    def carried(self) -> Step | None:
        """What is unspent at a year's end is kept or goes back; now and then a penny more than may be kept."""
        pot, day = self.one(POTS[:2]), self.day(date(2027, 4, 1))
        able = self.sight.may_carry(pot, day)
        there = sum(self.sight.left(lot, day) for lot in able)
        if not there:
            return None
        amount = self.one([there, self.number(1, there), self.number(1, there), there + 1])
        lines: tuple[tuple[str, int], ...] = ()
        committed = [lot.ref for lot in able if lot.sort == "committed" and not lot.brought]
        if committed and self.seldom(3):
            ref = self.one(committed)
            amount = sum(self.sight.left(lot, day) for lot in able if lot.ref == ref)
            lines = ((ref, amount),)
        use_by = self.day(date(2027, 4, 1)) if self.seldom(2) else None
        record = Carried(true=day, pot=pot, amount=amount, use_by=use_by, lines=lines)
        body = {**wire_pot(pot), "amount": str(Pence(amount)), "occurred_on": str(day)}
        body |= {"use_by": str(use_by)} if use_by else {}
        body |= {"lines": [{"commitment": ref, "amount": str(Pence(part))} for ref, part in lines]} if lines else {}
        return Step(record, (Said("carry-forward-approved/1", body, HOST),))

    def revised(self) -> Step | None:
        """The agreement is varied."""
        return self.terms(self.partners(), POOL, first=False)

    # -- reversals ----------------------------------------------------------------------------------

    def reversed(self) -> Step | None:
        """An entry is taken back, where nothing else has to be taken back first."""
        able = [(n, one) for n, one in self.sight.in_effect() if self.reversible(n, one)]
        if not able:
            return None
        number, record = self.one(able)
        spend = record.ref if isinstance(record, Spent) else ""
        day = self.day(max([record.true, *(one.true for one in self.sight.postings if one.spend == spend)]))
        said = self.said[number][-1]
        return Step(
            Reversed(true=day, entry=number), (Said("entry-reversed/1", {"occurred_on": str(day)}, said.by, WHY),)
        )

    def reversible(self, number: int, record: Record) -> bool:
        """Whether nothing rests on an entry."""
        match record:
            case Committed():
                gone = any(lot.taken for lot in self.sight.lots_of(record.ref))
                about = [one for n, one in self.sight.in_effect() if n > number]
                named = any(record.ref in (getattr(one, "ref", ""), getattr(one, "replaces", "")) for one in about)
                return not gone and not named and not any(due.commitment == record.ref for due in self.instalments)
            case Varied():
                return self._last_of(number, record.ref) and self._leaves_enough(number, record.ref)
            case Withdrawn():
                return self._last_of(number, record.ref)
            case Received():
                held = self.instalment(self.said[number][-1].body["contribution"]).held
                return 0 < record.amount <= held and self.sight.standing(record.ref)
            case Spent():
                return self._untouched(number)
            case Credited() | Settled() | Reclassified() | Apportioned():
                return True
            case Carried():
                brought = [lot for lot in self.sight.lots if lot.brought and lot.entry == number]
                return not any(one.party in brought for one in self.sight.postings) and not self._moved_on(number)
            case Income():
                return True
        return False

    def _last_of(self, number: int, ref: str) -> bool:
        later = [one for n, one in self.sight.in_effect() if n > number]
        lots: list[Lot] = self.sight.lots_of(ref)
        about = [one for one in later if isinstance(one, Varied | Withdrawn | Firmed) and one.ref == ref]
        return not about and not any(lot.taken for lot in lots)

    def _leaves_enough(self, number: int, ref: str) -> bool:
        lines = self.sight.lines_before(number, ref)
        return all(self.due_of(ref, line[:3]) <= line.amount for line in lines)

    def _untouched(self, number: int) -> bool:
        spends = {one.spend for one in self.sight.postings if one.entry == number}
        named = {one.spend for _, one in self.sight.in_effect() if isinstance(one, Credited | Settled | Reclassified)}
        return not named & spends

    def _moved_on(self, number: int) -> bool:
        lots = [lot for lot in self.sight.lots if any(one.entry == number for one in lot.taken)]
        later = [one for one in self.sight.postings if one.entry > number and one.party in lots]
        again = any(one.entry > number for lot in lots for one in lot.taken)
        return bool(later) or again


# -- wire forms -------------------------------------------------------------------------------------


def wire_share(share: Fraction) -> str:
    """A part of a whole."""
    return str(Share(share))


def wire_tier(tier: Tier) -> dict[str, Any]:
    """A step of a risk share."""
    bearers = []
    for one in tier.bearers:
        bearer: dict[str, Any] = {"partner": one.partner}
        bearer |= {"share": wire_share(one.share)} if one.share is not None else {}
        bearer |= {"cap": str(Pence(one.cap))} if one.cap is not None else {}
        bearers.append(bearer)
    return {"bearers": bearers} | ({"up_to": str(Pence(tier.up_to))} if tier.up_to is not None else {})


def wire_lines(lines: tuple[Line, ...]) -> list[dict[str, str]]:
    """A profile."""
    names = ("year", "category", "accounts_as")
    return [dict(zip(names, line[:3], strict=True)) | {"amount": str(Pence(line.amount))} for line in lines]


def wire_pot(pot: Pot) -> dict[str, Any]:
    """A pot's four names."""
    return {"pool": pot.pool, "year": pot.year, "category": pot.category, "accounts_as": pot.accounts_as}


def wire_cost(amount: int, vat: int) -> dict[str, str]:
    """What something cost, of which so much is VAT that is not recovered."""
    regime = "not-recovered" if vat else "none-charged"
    return {"net": str(Pence(amount - vat)), "irrecoverable_vat": str(Pence(vat)), "vat": regime}


def wire_commitment(one: Committed) -> dict[str, Any]:
    """A commitment to the pool."""
    body: dict[str, Any] = {"commitment": one.ref, "funder": one.funder, "pool": one.pool, "strength": one.strength}
    body |= {"profile": wire_lines(one.lines), "payment_basis": "block", "occurred_on": str(one.true)}
    for name in ("scheme", "use_by", "grant", "replaces"):
        if (value := getattr(one, name)) is not None:
            body[name] = str(value)
    return body
