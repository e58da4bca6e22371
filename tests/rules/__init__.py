"""Words to write rule tests with, so that each test reads as a sentence: given this, that is refused.

Each word is a telling: something that an officer says, in whatever world it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.keys import fingerprint, possession
from ledger.statement import Source, Statement
from ledger.values import Instant
from tests.story import (
    COUNCIL,
    ICB,
    POLICE,
    Telling,
    World,
    appointment,
    commitment,
    holder_of,
    key_of,
    raw,
    str_b64,
)

S151, DEPUTY, CLERK = f"{COUNCIL}/s151", f"{COUNCIL}/deputy", f"{COUNCIL}/clerk"
ICB_CFO, ICB_DEPUTY, POLICE_CFO = f"{ICB}/cfo", f"{ICB}/deputy", f"{POLICE}/cfo"
CHARITY = "GB-EXAMPLE-CHARITY"
CHARITY_CFO = f"{CHARITY}/cfo"
DAY = 86_400
Rule = dict[str, Any]


def given(*tellings: Telling, table: Iterable[Rule] = (), **founding: Any) -> World:
    """A ledger that the council founded with this approval table, and what was said in it since."""
    world = World()
    world.found(approvals=list(table), **founding)
    return world.given(*tellings)


def rule(kind: str, by: str, **more: Any) -> Rule:
    """A line of an approval table."""
    return {"kind": kind, "by": by, **more}


def says(kind: str, body: dict[str, Any], by: str = S151, **more: Any) -> Telling:
    """An officer says it."""
    return lambda world: world.say(kind, body, by, **more)


def passes(*, days: int = 0, seconds: int = 0) -> Telling:
    """Time passes."""
    return lambda world: world.pass_time(days * DAY + seconds)


def until(when: str) -> Telling:
    """The clock moves on to that moment."""
    return lambda world: world.pass_time(Instant.parse(when) - world.now)


# -- the register -------------------------------------------------------------------------------


def admits(organisation: str, *approvers: str, by: str = S151, officer: bool = True, **appointed: Any) -> Telling:
    """The council's lead brings a body in with its lead `cfo`; the leads of the others approve."""

    def tell(world: World) -> Statement:
        body: dict[str, Any] = {"organisation": {"id": organisation, "name": "A body", "form": "other"}}
        if officer:
            body["officer"] = appointment(f"{organisation}/cfo", origin=world.origin, **appointed)
        said = world.say("organisation-admitted/1", body, by)
        world.given(*(approves(approver, fingerprint=print_of(f"{organisation}/cfo")) for approver in approvers))
        return said

    return tell


def partners(*organisations: str) -> Telling:
    """These bodies join one after the other; every lead who is there already approves."""

    def tell(world: World) -> None:
        there: list[str] = []
        for organisation in organisations:
            world.given(admits(organisation, *there))
            there.append(f"{organisation}/cfo")

    return tell


def appoints(officer: str, powers: list[str], by: str = S151, body: str = "", **more: Any) -> Telling:
    """An office is given powers; by the council's lead unless somebody else is named."""
    organisation = body or officer.split("/", 1)[0]
    return lambda world: world.say(
        "officer-appointed/1",
        {
            "organisation": organisation,
            "officer": appointment(officer, origin=world.origin, powers=powers, **more),
        },
        by,
    )


def print_of(officer: str) -> str:
    """The fingerprint of an office's first key."""
    return fingerprint(raw(key_of(officer)))


def proven(world: World, officer: str, key: Ed25519PrivateKey) -> dict[str, str]:
    """A new key for that office, with proof of possession."""
    proof = key.sign(possession(world.origin, officer, raw(key)))
    return {"officer": officer, "key": str_b64(raw(key)), "proof": str_b64(proof)}


def rotates(officer: str, by: str, key: str = "second key") -> Telling:
    """An office gets another key, which speaks for it from here (if the entry takes effect at once)."""
    new = key_of(f"{key} of {officer}")
    return lambda world: (
        world.say("key-rotated/1", proven(world, officer, new), by),
        world.keys.update({officer: new}),
    )


def changes_holder(officer: str, by: str, holder: str, **more: Any) -> Telling:
    """Somebody else holds an office from here."""
    new = key_of(f"key of {holder} as {officer}")
    return lambda world: (
        world.say(
            "office-holder-changed/1",
            {**proven(world, officer, new), "holder": holder_of(holder), **more},
            by,
        ),
        world.keys.update({officer: new}),
    )


def revokes(officer: str, by: str, ground: str = "compromised", key: str = "") -> Telling:
    """An office's first key, or the one of that name, is revoked."""
    gone = raw(key_of(key or officer))
    return says("key-revoked/1", {"officer": officer, "key": str_b64(gone), "ground": ground}, by)


def retires(officer: str, by: str = S151) -> Telling:
    """An office signs no more."""
    return says("officer-retired/1", {"officer": officer}, by)


def sets_table(*rules: Rule, by: str = S151) -> Telling:
    """The approval table is replaced."""
    return says("approval-table-set/1", {"approvals": list(rules)}, by)


def log_key(world: World, name: str = "the new log key") -> dict[str, str]:
    """The body of log-key-changed for a key of that name."""
    key = key_of(name)
    proof = key.sign(possession(world.origin, "log", raw(key)))
    return {"log_key": str_b64(raw(key)), "log_key_proof": str_b64(proof)}


# -- pools and commitments ----------------------------------------------------------------------


def pool(*named: str, by: str = S151, **more: Any) -> Telling:
    """The council hosts the pool `prevention` with these partners, or alone."""
    body = {
        "pool": "prevention",
        "name": "Prevention pool",
        "legal_power": "children-act-2004-s10",
        "host": COUNCIL,
        "partners": list(named or (COUNCIL,)),
        "control_basis": "joint-operation",
        "starts": "2026-04-01",
        "until": "2029-03-31",
        **more,
    }
    return says("pool-agreed/1", body, by)


def closes(reference: str = "prevention", by: str = S151) -> Telling:
    """The pool takes no more commitments."""
    return says("pool-closed/1", {"pool": reference}, by)


def scheme(reference: str = "S-1", by: str = S151, **more: Any) -> Telling:
    """The partners agree what some of the pool is for; the council leads it."""
    body = {"scheme": reference, "pool": "prevention", "name": "Falls", "lead": COUNCIL, "aims": "Fewer falls"}
    return says("scheme-agreed/1", {**body, **more}, by)


def ends(reference: str = "S-1", by: str = S151) -> Telling:
    """A scheme takes no more money."""
    return says("scheme-ended/1", {"scheme": reference}, by, sealed={"reason": "It is done."})


def commits(reference: str = "C-1", *lines: dict[str, Any], by: str = S151, **more: Any) -> Telling:
    """A body commits money of its own, or of the `funder` that is named."""
    body = {"funder": by.split("/", 1)[0], **more}
    return lambda world: world.say("commitment-made/1", commitment(reference, *lines, **body), by)


def transcribes(reference: str = "C-1", *lines: dict[str, Any], by: str = S151, **more: Any) -> Telling:
    """Somebody writes down what a published source says about a body's commitment."""
    source = Source(dataset="ab" * 32, row="payments.csv:417")
    body = commitment(reference, *lines, **more)
    return lambda world: world.say("commitment-made/1", body, by, source=source)


def firms(reference: str = "C-1", by: str = S151, **more: Any) -> Telling:
    """A commitment becomes firm, by a decision that the statement cites."""
    told = {"decision": "Cabinet minute 14", **more}
    return lambda world: world.say("commitment-firmed/1", {"commitment": reference}, by, **told)


def varies(reference: str, *lines: dict[str, Any], by: str = S151) -> Telling:
    """A commitment's profile is replaced."""
    body = {"commitment": reference, "profile": list(lines)}
    return lambda world: world.say("commitment-varied/1", body, by, sealed={"reason": "Agreed."})


def withdraws(reference: str = "C-1", by: str = S151) -> Telling:
    """A commitment ends."""
    body = {"commitment": reference}
    return lambda world: world.say("commitment-withdrawn/1", body, by, sealed={"reason": "Agreed."})


# -- about another entry ------------------------------------------------------------------------


def _about(
    kind: str, by: str, of: str, number: int, sealed: dict[str, str], **more: Any
) -> Callable[[World], Statement]:
    """Something about the newest statement of the kind `of`, or of any kind; or the one before it, and so on."""

    def tell(world: World) -> Statement:
        named = [said for said in reversed(world.said) if said.said.kind == of or not of]
        return world.name(kind, named[number], by, **({"sealed": sealed} if sealed else {}), **more)

    return tell


_APPROVALS = ("entry-approved/1", "entry-declined/1")


def approves(by: str, of: str = "", number: int = 0, **more: Any) -> Telling:
    """An officer signs the newest statement that is not itself an approval, or the newest of that kind."""

    def tell(world: World) -> Statement:
        kind = of or next(said.said.kind for said in reversed(world.said) if said.said.kind not in _APPROVALS)
        return _about("entry-approved/1", by, kind, number, {}, **more)(world)

    return tell


def declines(by: str, of: str = "", number: int = 0) -> Telling:
    """An officer who could approve says no."""
    return _about("entry-declined/1", by, of, number, {"reason": "Not this year."})


def takes_back(by: str, of: str = "", number: int = 0) -> Telling:
    """A body withdraws a statement of its own that waits."""
    return _about("statement-withdrawn/1", by, of, number, {"reason": "Sent too early."})


def confirms(by: str, of: str = "commitment-made/1", number: int = 0) -> Telling:
    """A body confirms what was transcribed about it."""
    return _about("entry-confirmed/1", by, of, number, {})


def reverses(of: str, by: str = S151, number: int = 0) -> Telling:
    """A body takes the effect of its newest entry of that kind back."""
    return _about("entry-reversed/1", by, of, number, {"reason": "An error."})


def erases(field: str, of: str, by: str = S151, number: int = 0) -> Telling:
    """A body destroys a sealed text of its own."""

    def tell(world: World) -> Statement:
        named = [said for said in reversed(world.said) if said.said.kind == of][number]
        return world.say("field-erased/1", {"entry": named.id, "field": field, "ground": "mistake"}, by)

    return tell
