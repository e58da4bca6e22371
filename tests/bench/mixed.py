"""A place at work, from a seed: commitments, instalments, claims, verifications and payments, as many as are wanted.

The same seed gives the same entries, byte for byte. The same money is written for hledger and ledger-cli: one
transaction for each movement of cash, with its payer, its receiver and what it was for.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Any

from ledger import replay
from ledger.recording import Log, Recorded, Submission
from ledger.store import Store
from ledger.values import Pence
from projections import contracts, due, outcomes, partner, payers, rates, trail
from projections.sight.keeping import Kept, catch_up
from projections.sight.reading import Sight
from tests.bench.measuring import timed
from tests.bench.writing import BULK
from tests.story import COUNCIL, ICB, POLICE, World, appointment, line
from tests.writer import CLOCK, LOG_KEY

CHARITY = "GB-EXAMPLE-CHARITY"
S151, DEPUTY, CFO, CHIEF, DIRECTOR = (
    *(f"{COUNCIL}/s151", f"{COUNCIL}/deputy", f"{ICB}/cfo", f"{POLICE}/cfo", f"{CHARITY}/director"),
)
CONTRACTS, POOLS = 20, 20
SHARES = {COUNCIL: 50, ICB: 30, POLICE: 20}
PAYS = {COUNCIL: DEPUTY, ICB: f"{ICB}/payments", POLICE: CHIEF}

Said = tuple[str, str, dict[str, Any]]
"""Who says what: an office, a kind, and its body."""


def founded(url: str) -> World:
    """A ledger with four bodies, their officers, twenty pools and twenty contracts."""
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
    for number in range(POOLS):
        world.pool(f"P-{number}", partners=(COUNCIL, ICB, POLICE))
    for number in range(CONTRACTS):
        world.say("contract-agreed/1", contract(f"K-{number}"))
    with closing(Store.open(url, create=True)) as store:
        log = Log(store, [LOG_KEY])
        outcomes_ = log.record_all([Submission(said.wire) for said in world.said], CLOCK)
        assert all(isinstance(one, Recorded) for one in outcomes_), outcomes_
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
    """What the place says, for ever: a commitment with its instalment, then a claim that is paid."""
    for number in count(1):
        funder, office = dice.choice([(COUNCIL, S151), (ICB, CFO), (POLICE, CHIEF)])
        pool, amount = f"P-{dice.randrange(POOLS)}", f"{dice.randrange(1_000, 50_000)}.00"
        commitment, instalment = f"C-{number}", f"I-{number}"
        profile = [line(amount)]
        plain = {"funder": funder, "pool": pool, "profile": profile, "strength": "firm", "payment_basis": "block"}
        yield office, "commitment-made/1", {"commitment": commitment, **plain}
        falls = {"commitment": commitment, "due_on": "2026-04-30", **profile[0]}
        yield DEPUTY, "contribution-due/1", {"contribution": instalment, **falls}
        yield PAYS[funder], "contribution-paid/1", {"contribution": instalment, "amount": amount}
        yield DEPUTY, "contribution-received/1", {"contribution": instalment, "amount": amount}
        yield from _claimed(dice, number)


def _claimed(dice: random.Random, number: int) -> Iterator[Said]:
    reference, units, claim, payment = (
        f"K-{dice.randrange(CONTRACTS)}",
        dice.randrange(1, 9),
        f"CL-{number}",
        f"PAY-{number}",
    )
    claimed = {"claim": claim, "contract": reference, "metric": "tenancy", "units": units}
    yield DIRECTOR, "outcome-claimed/1", claimed
    yield CFO, "outcome-verified/1", {"claim": claim, "units": units, "grade": "another-body"}
    lines = [{"payer": payer, "amount": str(Pence(units * share * 100))} for payer, share in SHARES.items()]
    approved = {
        "payment": payment,
        "claim": claim,
        "units": units,
        "amount": str(Pence(units * 10_000)),
        "lines": lines,
    }
    yield S151, "payment-approved/1", approved
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
            refused = [one for one in log.record_all(group, CLOCK) if not isinstance(one, Recorded)]
            assert not refused, refused[0]
            left -= len(group)


# -- views ------------------------------------------------------------------------------------------


def caught_up(url: str) -> Kept:
    """The tables that the views are read from."""
    kept = Kept()
    with closing(Store.open(url)) as store:
        catch_up(kept, url, lambda book: replay.history(store, book))
    return kept


def view_times(kept: Kept, entries: int) -> dict[str, float]:
    """Seconds that each view takes once the tables are caught up."""
    views: dict[str, Callable[[Sight], object]] = {
        "contracts": contracts.rows,
        "payers": payers.rows,
        "rates": rates.rows,
        "outcomes": outcomes.rows,
        "partner": lambda sight: partner.rows(sight, COUNCIL),
        "due": lambda sight: due.rows(sight, CLOCK.now().day),
        "trail of one reference": lambda sight: trail.rows(sight, "C-1"),
    }
    return {name: timed(lambda view=view: _seen(kept, entries, view)) for name, view in views.items()}  # type: ignore[misc]


def _seen(kept: Kept, entries: int, view: Callable[[Sight], object]) -> None:
    with kept.reading() as connection:
        assert view(Sight(connection, entries)) is not None


# -- the same money in other tools --------------------------------------------------------------------


def write_journal(path: Path, entries: int, seed: int = 1) -> None:
    """The movements of cash of the same place, as a journal that hledger and ledger-cli read."""
    with path.open("w", encoding="utf-8") as file:
        for office, kind, body in islice(sayings(random.Random(seed)), entries):
            if kind == "contribution-received/1":
                movement = ("pool", str(body["contribution"]), str(body["amount"]), "contributions")
            elif kind == "payment-made/1":
                movement = (
                    f"contract:{body['contract']}",
                    str(body["payment"]),
                    str(body["amount"]),
                    str(body["payer"]),
                )
            else:
                continue
            to, what, amount, who = movement
            file.write(
                f"2026-04-02 {what}\n    {to}  GBP {amount}\n    {who}:{office.split('/')[0]}  GBP -{amount}\n\n"
            )


def other_tools(path: Path) -> dict[str, float]:
    """Seconds that each tool that is installed here takes to add that journal up."""
    commands = {
        "hledger": ("hledger", "-f", str(path), "balance", "--depth", "1"),
        "ledger-cli": ("ledger", "-f", str(path), "balance", "--depth", "1"),
    }
    return {
        name: timed(lambda command=command: subprocess.run(command, capture_output=True, check=True))  # type: ignore[misc]
        for name, command in commands.items()
        if shutil.which(command[0])
    }
