"""`outcomes init`: a ledger begins, with its log key, its founding body and that body's lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands import options
from commands.keeping import Keep, absolute
from commands.keyring import Pen, card_of, save_private
from commands.reporting import report
from commands.session import Session, log_key_paths
from ledger import events, statement
from ledger.errors import KeyProblem, NotFoundingEntry
from ledger.events.register import LedgerFounded
from ledger.keys import possession
from ledger.merkle import EMPTY_ROOT
from ledger.recording import Log, Recorded, Submission
from ledger.statement import Payload, Seen
from ledger.store import Store
from ledger.values import Digest, Nonce, PublicKey, Signature

ALL_POWERS = (
    *("lead", "appoint", "operate", "agree", "commit", "pay", "claim", "approve", "transcribe", "erase", "verify"),
)

DEFAULT_APPROVALS = (
    {"kind": "pool-agreed/1", "by": "named-parties"},
    {"kind": "pool-closed/1", "by": "named-parties"},
    {"kind": "scheme-agreed/1", "by": "named-parties"},
    {"kind": "scheme-ended/1", "by": "named-parties"},
    {"kind": "contract-agreed/1", "by": "named-parties"},
    {"kind": "contract-varied/1", "by": "named-parties"},
    {"kind": "contract-extended/1", "by": "named-parties"},
)
"""Joint acts wait for those they bind. A place sets its own table: approval-table-set/1."""


@click.command()
@click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")
@click.option("--origin", required=True, metavar="NAME", help="The ledger's name, such as lancashire.example/outcomes.")
@click.option("--organisation", required=True, metavar="ID", help="The founding body's org-id, such as GB-LAE-BPL.")
@click.option("--name", required=True, help="Its name.")
@click.option("--form", type=options.FORM, required=True, help="What sort of body it is.")
@click.option("--office", default="s151", show_default=True, help="Its lead's office.")
@click.option("--title", default="section 151 officer", show_default=True, help="The office's right title.")
@click.option("--limit", type=options.AMOUNT, help="The largest sum the office may sign for [none].")
@click.option("--instrument", default="Founding decision", show_default=True, help="The delegation it rests on.")
@click.option("--staff-number", required=True, metavar="N", help="Whose office it is; only a token of it is kept.")
@click.option("--second-officer-above", type=options.AMOUNT, help="Commitments above this need a second officer.")
@click.option("--purpose", type=click.Choice(["live", "example"]), default="live", show_default=True)
@click.option("--log-key", type=click.Path(path_type=Path), help="Where to keep the log key [beside the ledger].")
def init(ledger: str | None, origin: str, log_key: Path | None, purpose: str, **given: Any) -> None:
    """Example: outcomes init --origin place.example/outcomes --organisation GB-EXAMPLE-COUNCIL
    --name "Example Council" --form council --staff-number 7001

    Found a ledger: its file, its log key, and entry 1, signed by the lead of the founding body.
    """
    session = Session(ledger, log_key)
    if session.chance.seed and purpose == "live":
        raise KeyProblem("a live ledger refuses a seed", next_step="--purpose example, or unset OUTCOMES_SEED")
    session.chance.at(0, purpose)
    found(session, origin, purpose, given)


def found(session: Session, origin: str, purpose: str, given: dict[str, Any], *, plain: bool = False) -> None:
    """Found the ledger of that session. Raises NotFoundingEntry if there is one.

    `plain`: the lead's key is kept without a passphrase, which only an example ledger takes.
    """
    _nothing_there(session, origin)
    # Whoever makes the log key's file is the founder: of two at once, the other stops here and has made nothing.
    log_key = _private(session.chance.dice.bytes(32, f"log key of {origin}"))
    (path, *_) = log_key_paths(session.url, origin, session.home, session.log_key)
    save_private(path, log_key, None, replace=False)
    made = [path]
    try:
        pen = _lead(session, f"{given['organisation']}/{given['office']}", made, plain=plain)
        recorded = _found(session, origin, purpose, given, log_key, pen, made)
    except BaseException:
        for one in reversed(made):
            one.unlink(missing_ok=True)
        raise
    opened = session.open()
    report(opened, recorded)
    opened.keep_receipt(recorded)
    click.echo(f"identity {opened.identity.hex()}")
    click.echo(f"log key {opened.log_key.vkey}")
    click.echo(
        f"The log key is in {path}. Whoever holds it can rewrite what no partner, witness or kept checkpoint has "
        "seen: keep it, and give partners the identity above by another way.",
        err=True,
    )


def _found(
    session: Session,
    origin: str,
    purpose: str,
    given: dict[str, Any],
    log_key: Ed25519PrivateKey,
    pen: Pen,
    made: list[Path],
) -> Recorded:
    """Record entry 1; what this run made is noted in `made`, to be taken away again if it fails."""
    body = _body(session, origin, purpose, given, pen, log_key)
    wire = statement.sign(_payload(session, origin, pen.officer, body), pen.key, pen.public)
    file = _file(session)
    made += [] if file.exists() else [file, Path(f"{file}-wal"), Path(f"{file}-shm")]
    store = Store.open(session.url, create=True)
    try:
        if store.head().size:
            raise NotFoundingEntry("there is a ledger there already", where=session.url)
        return Log(store, [log_key]).record(Submission(wire), session.chance.clock)
    finally:
        store.close()


def _private(raw: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(raw)


def _nothing_there(session: Session, origin: str) -> None:
    keep, file = Keep(session.home, origin), _file(session)
    if not file.exists() and (known := keep.pinned_at(absolute(session.url))) is not None:
        raise NotFoundingEntry(
            f"another ledger, {known[:16]}, was kept at this address, and its file is gone",
            where=session.url,
            next_step="put it back, or name another file; to give it up: outcomes audit forget",
        )
    if file.exists():
        raise NotFoundingEntry("there is a ledger, or another file, there already", where=session.url)
    if keep.read("identity") is not None:
        raise NotFoundingEntry(
            f"this home keeps a ledger of the name {origin} already",
            next_step="choose another origin, or drop what is kept: outcomes audit forget --origin NAME",
        )


def _file(session: Session) -> Path:
    """The file of a SQLite ledger; of another, one that is never there."""
    return Path(session.url.removeprefix("sqlite:///"))


def _lead(session: Session, officer: str, made: list[Path], *, plain: bool) -> Pen:
    if session.keyring.path(officer).exists():
        return session.keyring.unlock(officer)
    pen = session.keyring.create(officer, session.chance.dice, plain=plain or session.chance.seed is not None)
    made += [session.keyring.path(officer), session.keyring.path(officer).with_suffix(".pub")]
    return pen


def _body(
    session: Session, origin: str, purpose: str, given: dict[str, Any], pen: Pen, log: Ed25519PrivateKey
) -> dict[str, Any]:
    dice, day = session.chance.dice, str(session.chance.clock.now().day)
    public = log.public_key().public_bytes_raw()
    card = card_of(pen, origin, session.keyring.holder(given["organisation"], given["staff_number"], dice))
    approvals: list[dict[str, Any]] = list(DEFAULT_APPROVALS)
    if given["second_officer_above"] is not None:
        above = str(given["second_officer_above"])
        kinds = ("commitment-made/1", "commitment-varied/1", "commitment-firmed/1")
        approvals += [{"kind": kind, "above": above, "by": "second-officer"} for kind in kinds]
    officer = {
        "office": given["office"],
        "title": given["title"],
        "powers": list(ALL_POWERS),
        "instrument": given["instrument"],
        "holder": str(card.holder),
        "key": str(card.key),
        "proof": str(card.proof),
        "starts": day,
    }
    if given["limit"] is not None:
        officer["limit"] = str(given["limit"])
    return {
        "occurred_on": day,
        "origin": origin,
        "purpose": purpose,
        "log_key": str(PublicKey(public)),
        "log_key_proof": str(Signature(log.sign(possession(origin, "log", public)))),
        "organisation": {"id": given["organisation"], "name": given["name"], "form": given["form"]},
        "officer": officer,
        "rulebook": 1,
        "approvals": approvals,
    }


def _payload(session: Session, origin: str, officer: str, body: dict[str, Any]) -> Payload:
    return Payload(
        body=events.decode(LedgerFounded.kind, body),
        by=officer,
        id=session.chance.uuid7(),
        kind=LedgerFounded.kind,
        ledger=origin,
        nonce=str(Nonce(session.chance.dice.bytes(16, "nonce"))),
        seen=Seen(root=Digest(EMPTY_ROOT), size=0),
        signed_at=session.chance.clock.now(),
    )
