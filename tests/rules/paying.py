"""More words to write rule tests with: outcomes, contracts, claims and what is paid for them.

The council and the integrated care board pay a charity under contract `K-1`, at 31.9 and 68.1 per cent.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ledger.rules.claims import Payment
from ledger.statement import Source, Statement
from ledger.values import Digest, Pence
from tests.rules import CHARITY, CHARITY_CFO, ICB_CFO, POLICE_CFO, S151, appoints, given, partners, says
from tests.story import COUNCIL, ICB, POLICE, Telling, World

CLAIMER, AUDITOR = f"{CHARITY}/claims", f"{CHARITY}/audit"
VERIFIER, MATCHER = f"{ICB}/verifier", f"{POLICE}/verifier"
COUNCIL_PAYS, ICB_PAYS = f"{COUNCIL}/payments", f"{ICB}/payments"
SOURCE = Source(dataset="ab" * 32, row="metrics.csv:17")

BODIES = (
    partners(ICB, CHARITY, POLICE),
    appoints(CLAIMER, ["claim"], by=CHARITY_CFO),
    appoints(AUDITOR, ["verify"], by=CHARITY_CFO),
    appoints(VERIFIER, ["verify"], by=ICB_CFO),
    appoints(MATCHER, ["verify"], by=POLICE_CFO),
    appoints(COUNCIL_PAYS, ["pay"]),
    appoints(ICB_PAYS, ["pay"], by=ICB_CFO),
)
"""Everybody who has a part in a contract, and the police, who have none."""


def token(name: str) -> str:
    """What stands for a made-up person."""
    return str(Digest(hashlib.sha256(f"person {name}".encode()).digest()))


# -- contracts ------------------------------------------------------------------------------------


def payer(body: str, share: str | None, **more: Any) -> dict[str, Any]:
    """One who pays."""
    return {"payer": body, **({"share": share} if share else {}), **more}


def rate(metric: str = "jobs", price: str | None = "100.00", **more: Any) -> dict[str, Any]:
    """A line of a rate card."""
    return {"metric": metric, "pays_for": "A job", **({"price": price} if price else {}), **more}


def terms(**more: Any) -> dict[str, Any]:
    """The usual terms, with these changed."""
    return {"payers": [payer(COUNCIL, "31.9"), payer(ICB, "68.1")], "rates": [rate()], **more}


def agreement(reference: str = "K-1", agreed: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The body of a contract; a member that is None is left out."""
    body = {
        "contract": reference,
        "name": "Jobs for care leavers",
        "commissioner": COUNCIL,
        "provider": CHARITY,
        "terms": agreed or terms(),
        "starts": "2026-04-01",
        "until": "2027-03-31",
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def contract(reference: str = "K-1", agreed: dict[str, Any] | None = None, by: str = S151, **more: Any) -> Telling:
    """The council lets a contract on these terms."""
    return says("contract-agreed/1", agreement(reference, agreed, **more), by)


def recontracts(agreed: dict[str, Any], by: str = S151, reference: str = "K-1", **more: Any) -> Telling:
    """The terms are replaced, from today or from the day on which it occurred."""
    return says("contract-varied/1", {"contract": reference, "terms": agreed, **more}, by, sealed={"reason": "Agreed."})


def extends(until: str, by: str = S151) -> Telling:
    """The contract runs longer."""
    return says("contract-extended/1", {"contract": "K-1", "until": until}, by)


def quotes(kind: str, body: dict[str, Any], by: str = S151) -> Telling:
    """Somebody writes down what a published source says."""
    return says(kind, body, by, source=SOURCE)


def let(agreed: dict[str, Any] | None = None, **more: Any) -> World:
    """A ledger in which the contract is agreed on these terms."""
    return given(*BODIES, contract("K-1", agreed, **more))


# -- claims ---------------------------------------------------------------------------------------


def people(*names: str) -> list[str]:
    """Their tokens."""
    return [token(name) for name in names]


def claims(reference: str = "N-1", units: int = 1, *names: str, by: str = CLAIMER, **more: Any) -> Telling:
    """The charity claims outcomes: a count, or these people."""
    body = {"claim": reference, "contract": "K-1", "metric": "jobs", "units": len(names) or units, **more}
    return says("outcome-claimed/1", body | ({"people": people(*names)} if names else {}), by)


def verifies(reference: str = "N-1", units: int = 1, *names: str, by: str = VERIFIER, **more: Any) -> Telling:
    """Somebody finds that so many, or these people, achieved it."""
    body = {"claim": reference, "units": len(names) or units, "grade": "another-body", **more}
    return says("outcome-verified/1", body | ({"people": people(*names)} if names else {}), by)


def rejects(reference: str = "N-1", units: int = 1, *names: str, by: str = VERIFIER) -> Telling:
    """Somebody finds that they did not."""
    body: dict[str, Any] = {"claim": reference, "units": len(names) or units}
    body |= {"people": people(*names)} if names else {}
    return says("outcome-rejected/1", body, by, sealed={"reason": "No payslip."})


def unverifies(reference: str = "N-1", by: str = VERIFIER, number: int = 0) -> Telling:
    """The newest verification, or the one before it, turns out to be wrong."""

    def tell(world: World) -> Statement:
        found = [said for said in reversed(world.said) if said.said.kind == "outcome-verified/1"][number]
        body = {"claim": reference, "verification": found.id}
        return world.say("verification-withdrawn/1", body, by, sealed={"reason": "Counted twice."})

    return tell


def grants(
    reference: str, parts: dict[str, str], units: int = 1, *, claim: str = "N-1", by: str = S151, **more: Any
) -> Telling:
    """A payment is approved: each payer's part."""
    body = {
        "payment": reference,
        "claim": claim,
        "units": units,
        "amount": str(Pence(sum(Pence.parse(part) for part in parts.values()))),
        "lines": [{"payer": body, "amount": part} for body, part in parts.items()],
        **more,
    }
    return says("payment-approved/1", body, by)


def pays(reference: str, amount: str, by: str = COUNCIL_PAYS, **more: Any) -> Telling:
    """A payer pays its part, or some of it."""
    body = {"contract": "K-1", "payment": reference, "payer": by.split("/", 1)[0], "amount": amount, **more}
    return says("payment-made/1", body, by)


def claws_back(reference: str, amount: str, by: str = S151) -> Telling:
    """Money must come back."""
    return says("clawback-raised/1", {"payment": reference, "amount": amount}, by, sealed={"reason": "Paid twice."})


def recovers(reference: str, amount: str, by: str = COUNCIL_PAYS) -> Telling:
    """Money came back."""
    return says("clawback-recovered/1", {"payment": reference, "amount": amount}, by)


def writes_off(reference: str, amount: str, by: str = S151, **more: Any) -> Telling:
    """Money will not come back."""
    body = {"payment": reference, "amount": amount}
    return says("clawback-written-off/1", body, by, **{"decision": "Cabinet minute 15", **more})


def disputes(reference: str = "D-1", claim: str = "N-1", by: str = CHARITY_CFO) -> Telling:
    """A party disagrees."""
    return says("dispute-opened/1", {"dispute": reference, "claim": claim}, by, sealed={"reason": "Too few."})


def settles(reference: str = "D-1", by: str = CHARITY_CFO, **more: Any) -> Telling:
    """The parties are agreed again."""
    body = {"dispute": reference, "found": "settled"}
    return says("dispute-resolved/1", body, by, **{"decision": "Minute 3", **more})


# -- what stands ----------------------------------------------------------------------------------


def payment(world: World, reference: str = "P-1") -> Payment:
    """An approved payment."""
    return world.book.claims.payment(reference)


def pounds(sums: dict[str, int]) -> dict[str, str]:
    """Sums as they are written; none of those that are nothing."""
    return {body: str(Pence(part)) for body, part in sums.items() if part}


def owed_back(world: World, reference: str = "P-1") -> dict[str, str]:
    """What each payer is owed back."""
    held = payment(world, reference)
    return pounds({body: held.owed_back(body) for body in held.lines})
