"""A place at work, from a seed: pools with their years, and contracts that pay for outcomes, as many as are wanted.

The same seed gives the same entries, byte for byte. A pool's year has three partners, what each commits and pays in
month by month, lines of spending, accruals with their invoices, credit notes, journals of a finance system by scheme
and month, and the claims of the same months. It is told in May after its end.
"""

from __future__ import annotations

import calendar
import hashlib
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import count, islice
from typing import Any, Final

from ledger.recording import Log, Recorded, Submission
from ledger.store import Store
from ledger.values import Balance, Digest, Instant, Pence
from tests.bench.writing import BULK
from tests.story import COUNCIL, ICB, POLICE, World, appointment, line
from tests.writer import CLOCK, LOG_KEY, Still

LATER: Final = Still(Instant.parse("2027-05-20T12:00:00Z"))
CHARITY = "GB-EXAMPLE-CHARITY"
S151, DEPUTY, CFO, CHIEF, DIRECTOR = (
    *(f"{COUNCIL}/s151", f"{COUNCIL}/deputy", f"{ICB}/cfo", f"{POLICE}/cfo", f"{CHARITY}/director"),
)
CONTRACTS, SCHEMES, CLAIMS = 20, ("care", "housing", "falls"), 4
SHARES = {COUNCIL: 50, ICB: 30, POLICE: 20}
COMMITS = {COUNCIL: S151, ICB: CFO, POLICE: CHIEF}
MARCH: Final = 3
PAYS = {COUNCIL: DEPUTY, ICB: f"{ICB}/payments", POLICE: CHIEF}

Said = tuple[str, str, dict[str, Any]]
"""Who says what: an office, a kind, and its body."""


def founded(url: str) -> World:
    """A ledger with four bodies, their officers and twenty contracts."""
    world = World()
    world.found()
    funder = ["lead", "appoint", "agree", "commit", "approve", "pay", "verify"]
    world.admit(ICB, powers=funder)
    world.admit(POLICE, approvers=(CFO,), powers=funder)
    world.admit(CHARITY, office="director", approvers=(CFO, CHIEF), powers=["lead", "agree", "claim"])
    for office, powers in ((DEPUTY, ["approve", "pay", "operate"]), (PAYS[ICB], ["pay"])):
        body = office.split("/")[0]
        lead = S151 if body == COUNCIL else CFO
        officer = appointment(office, powers=powers)
        world.say("officer-appointed/1", {"organisation": body, "officer": officer}, lead)
    world.say("outcome-defined/1", {"outcome": "homes", "name": "Settled", "metric": "Tenancies", "unit": "people"})
    for number in range(CONTRACTS):
        world.say("contract-agreed/1", contract(f"K-{number}"))
    with closing(Store.open(url, create=True)) as store:
        log = Log(store, [LOG_KEY])
        outcomes_ = log.record_all([Submission(said.wire) for said in world.said], CLOCK)
        assert all(isinstance(one, Recorded) for one in outcomes_), outcomes_
    world.now = LATER.now()
    return world


def contract(reference: str) -> dict[str, Any]:
    """A contract of three payers with the charity, at 100.00 an outcome."""
    return {
        "contract": reference,
        "name": f"Contract {reference}",
        "commissioner": COUNCIL,
        "provider": CHARITY,
        "starts": "2026-04-01",
        "terms": {
            "payers": [{"payer": payer, "share": str(share)} for payer, share in SHARES.items()],
            "rates": [{"metric": "tenancy", "pays_for": "A tenancy kept", "price": "100.00", "outcome": "homes"}],
            "cap": "900000000.00",
        },
    }


def sayings(dice: random.Random) -> Iterator[Said]:
    """What the place says, for ever: one pool's year after the other, each about five hundred entries."""
    claims = count(1)
    for number in count(1):
        year = PoolYear(dice, number)
        yield from year.agreed()
        for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3):
            yield from year.paid_in(month)
            yield from year.spent(month)
            yield from year.listed(month)
            for claim in islice(claims, CLAIMS):
                yield from _claimed(dice, claim, _last(month))


def _last(month: int) -> str:
    """The last day of a month of 2026-27."""
    year = 2026 if month >= 4 else 2027
    return str(date(year, month, calendar.monthrange(year, month)[1]))


class PoolYear:
    """One pool in 2026-27: what is agreed, paid in and spent. It spends a little more than was committed."""

    def __init__(self, dice: random.Random, number: int) -> None:
        self.dice, self.number, self.pool = dice, number, f"P-{number}"
        self.monthly = {funder: dice.randrange(20, 400) * share for funder, share in SHARES.items()}
        self.lines = count(1)

    def scheme(self, name: str) -> str:
        """A scheme's reference: it is used once in a ledger."""
        return f"{name}-{self.number}"

    def agreed(self) -> Iterator[Said]:
        """The pool, its schemes, what each partner commits, and how the finance system is read."""
        power = {"legal_power": "children-act-2004-s10", "control_basis": "joint-operation"}
        period = {"host": COUNCIL, "partners": list(SHARES), "starts": "2026-04-01", "until": "2027-03-31"}
        yield S151, "pool-agreed/1", {"pool": self.pool, "name": "A pool", **power, **period}
        plain = {"pool": self.pool, "lead": COUNCIL, "aims": "Fewer falls", "by_design": "Help"}
        for name in SCHEMES:
            yield S151, "scheme-agreed/1", {"scheme": self.scheme(name), "name": name.title(), **plain}
        for funder, office in COMMITS.items():
            profile = [line(f"{self.monthly[funder] * 12}.00")]
            named = {"commitment": self.commitment(funder), "funder": funder, "pool": self.pool, "profile": profile}
            firm = {"strength": "firm", "payment_basis": "block", "occurred_on": "2026-04-01"}
            yield office, "commitment-made/1", {**named, **firm}
        rows = [{"row": name, "cost_centre": name, "account": "*", "scheme": self.scheme(name)} for name in SCHEMES]
        yield S151, "journal-mapped/1", {"map": f"M-{self.number}", "pool": self.pool, "rows": rows}

    def commitment(self, funder: str) -> str:
        """A commitment's reference."""
        return f"C-{self.number}-{list(SHARES).index(funder) + 1}"

    def paid_in(self, month: int) -> Iterator[Said]:
        """Each partner's instalment falls due, is paid, and arrives."""
        for funder, pounds in self.monthly.items():
            reference, day = f"I-{self.number}-{month}-{list(SHARES).index(funder) + 1}", _last(month)
            sum_ = {"contribution": reference, "amount": f"{pounds}.00", "occurred_on": day}
            falls = {"commitment": self.commitment(funder), "due_on": day, **line(f"{pounds}.00")}
            yield DEPUTY, "contribution-due/1", {**sum_, **falls}
            yield PAYS[funder], "contribution-paid/1", sum_
            yield DEPUTY, "contribution-received/1", sum_

    def spent(self, month: int) -> Iterator[Said]:
        """Lines of spending, one credit note in ten, and an accrual that is invoiced in May after the year."""
        whole = sum(self.monthly.values()) * 100
        for _ in range(6):
            reference, day = f"X-{self.number}-{next(self.lines)}", _last(month)
            pence = self.dice.randrange(whole // 20, whole // 10)
            spending = {"spend": reference, **self._heading(), "cost": {"net": str(Pence(pence))}, "occurred_on": day}
            yield DEPUTY, "spend-recorded/1", spending
            if self.dice.randrange(10) == 0:
                credit = {"spend": f"{reference}-CR", "credits": reference, "cost": {"net": str(Pence(pence // 3))}}
                yield DEPUTY, "spend-recorded/1", {**spending, **credit}
        if month == MARCH:
            accrued = {"spend": f"A-{self.number}", **self._heading(), "cost": {"net": "900.00"}}
            yield DEPUTY, "accrual-recorded/1", {**accrued, "occurred_on": _last(month)}
            invoice = {"spend": f"A-{self.number}", "cost": {"net": "880.00"}, "occurred_on": "2027-05-10"}
            yield DEPUTY, "accrual-settled/1", invoice

    def _heading(self) -> dict[str, Any]:
        scheme = self.scheme(self.dice.choice(SCHEMES))
        return {"scheme": scheme, "category": "resource", "accounts_as": "revenue"}

    def listed(self, month: int) -> Iterator[Said]:
        """What the finance system lists, by scheme."""
        whole = sum(self.monthly.values()) * 100
        for name in SCHEMES:
            reference, pence = f"L-{self.number}-{month}-{name}", self.dice.randrange(whole // 20, whole // 5)
            digest = str(Digest(hashlib.sha256(reference.encode()).digest()))
            heading = {"row": name, "category": "resource", "accounts_as": "revenue", "count": 40}
            total = str(Balance(pence))
            body = {"journal": reference, "map": f"M-{self.number}", "scheme": self.scheme(name), "total": total}
            period = {"starts": f"{_last(month)[:7]}-01", "occurred_on": _last(month), "count": 40}
            read = {"listing": digest, "file": digest, "lines": [{**heading, "total": total}]}
            yield DEPUTY, "journal-recorded/1", {**body, **period, **read}


def _claimed(dice: random.Random, number: int, day: str) -> Iterator[Said]:
    """A claim that is verified, approved, and paid by three."""
    reference, units, claim = f"K-{dice.randrange(CONTRACTS)}", dice.randrange(1, 9), f"CL-{number}"
    payment = f"PAY-{number}"
    claimed = {"claim": claim, "contract": reference, "metric": "tenancy", "units": units, "occurred_on": day}
    yield DIRECTOR, "outcome-claimed/1", claimed
    yield CFO, "outcome-verified/1", {"claim": claim, "units": units, "grade": "another-body"}
    lines = [{"payer": payer, "amount": str(Pence(units * share * 100))} for payer, share in SHARES.items()]
    whole = {"payment": payment, "claim": claim, "units": units, "amount": str(Pence(units * 10_000)), "lines": lines}
    yield S151, "payment-approved/1", whole
    for one in lines:
        paid = {"contract": reference, "payment": payment, "payer": one["payer"], "amount": one["amount"]}
        yield PAYS[str(one["payer"])], "payment-made/1", paid


def fill(url: str, entries: int, seed: int = 1) -> None:
    """Fill a new ledger with so many entries besides those that found it."""
    world = founded(url)
    said = sayings(random.Random(seed))
    with closing(Store.open(url)) as store:
        log = Log(store, [LOG_KEY])
        left = entries
        while left:
            group = [
                Submission(*world.write(kind, {"occurred_on": str(world.now.day), **body}, office))
                for office, kind, body in islice(said, min(left, BULK))
            ]
            refused = [one for one in log.record_all(group, LATER) if not isinstance(one, Recorded)]
            assert not refused, refused[0]
            left -= len(group)
