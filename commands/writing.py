"""Writing: the one path from what a command was given to an entry and its receipt.

Every write can show itself before it is signed (--dry-run), be prepared for somebody else to sign (--draft), and
be sent again without being recorded twice. It prints its entry number, the first digits of its hash, and the next
sensible command.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from commands.keyring import Pen
from commands.reporting import described, report, told_moves
from commands.session import Opened, Session
from ledger import events, statement
from ledger.book import Book
from ledger.errors import InputOutput, Malformed
from ledger.events.corrections import FieldErased
from ledger.recording import Submission
from ledger.statement import Payload, Source
from ledger.values import Digest, Nonce

DRAFT: Final = "shared-outcomes draft 1"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said, before it is signed: `sealed` holds the texts whose digests will be signed."""

    kind: str
    body: Mapping[str, Any]
    sealed: Mapping[str, str] = field(default_factory=dict)
    decision: str | None = None
    prepared_by: str | None = None
    source: Mapping[str, str] | None = None

    def write(self) -> str:
        """The draft as a file's text."""
        plain = {"draft": DRAFT, "kind": self.kind, "body": dict(self.body), "sealed": dict(self.sealed)}
        more = {"decision": self.decision, "prepared_by": self.prepared_by, "source": self.source}
        return json.dumps(plain | {name: value for name, value in more.items() if value}, indent=2) + "\n"


@dataclass(slots=True)
class Writing:
    """The options that every write has, and the session that it happens in."""

    session: Session
    by: str | None
    occurred_on: str | None
    decision: str | None
    dry_run: bool
    draft: Path | None
    yes: bool

    def opened(self) -> Opened:
        """The ledger."""
        return self.session.open()

    def say(self, kind: str, body: Mapping[str, Any], sealed: Mapping[str, str | None] | None = None) -> None:
        """Say something of that kind: sign it and record it, or show it, or write it as a draft."""
        texts = {name: text for name, text in (sealed or {}).items() if text}
        self.say_draft(Draft(kind, {key: value for key, value in body.items() if value is not None}, texts))

    def say_draft(self, draft: Draft) -> None:
        """As `say`, for a draft that somebody prepared."""
        opened = self.opened()
        body = {"occurred_on": self.occurred_on or str(self.session.chance.clock.now().day), **draft.body}
        draft = Draft(draft.kind, body, draft.sealed, self.decision or draft.decision, draft.prepared_by, draft.source)
        if self.draft:
            self._write_draft(draft)
            return
        officer = self.session.officer(self.by)
        said, openings = prepare(self.session, opened, officer, draft)
        if self.dry_run:
            self._show(opened, said, draft)
            return
        self._confirm(said, draft)
        pen = self.session.pen(officer)
        sign_and_record(opened, pen, said, openings, self.session)

    def _write_draft(self, draft: Draft) -> None:
        assert self.draft is not None  # noqa: S101 for the type checker: the caller looked
        prepared = Draft(
            draft.kind, draft.body, draft.sealed, draft.decision, self.session.officer(self.by), draft.source
        )
        _check_draft(prepared)
        try:
            self.draft.write_text(prepared.write())
        except OSError as error:
            raise InputOutput(f"{error.strerror}", where=str(self.draft)) from None
        click.echo(f"draft {self.draft}: nothing is signed or recorded yet")
        click.echo(f"Next: outcomes sign {self.draft} --as OFFICER", err=True)

    def _show(self, opened: Opened, said: Payload, draft: Draft) -> None:
        click.echo(statement.spoken(said))
        for name, text in draft.sealed.items():
            click.echo(f"{name} is sealed: {text}", err=True)
        pots = try_out(opened, said, self.session).pots
        for sentence in told_moves(pots.moved, pots.lots):
            click.echo(f"  {sentence}", err=True)
        click.echo("Dry run: the ledger would take this now. Nothing was signed or recorded.", err=True)

    def _confirm(self, said: Payload, draft: Draft) -> None:
        root = click.get_current_context().find_root()
        if self.yes or root.params.get("no_input") or not sys.stdin.isatty():
            return
        click.echo(f"{said.by} signs: {said.kind}  {described(self.opened().store, said.body)}", err=True)
        for name, text in draft.sealed.items():
            click.echo(f"  {name}: {text}", err=True)
        if not click.confirm("Sign and record it?", err=True):
            click.echo("Not signed; nothing was recorded.", err=True)
            raise click.exceptions.Exit(1)


def prepare(session: Session, opened: Opened, officer: str, draft: Draft) -> tuple[Payload, dict[str, bytes]]:
    """The payload that an officer would sign, and the openings of its sealed fields. Raises Malformed."""
    dice, clock = session.chance.dice, session.chance.clock
    openings = {
        name: statement.opening(Nonce(dice.bytes(16, f"salt of {name}")), name, text)
        for name, text in draft.sealed.items()
    }
    body = {**draft.body, **{name: {"sealed": str(statement.close(held).sealed)} for name, held in openings.items()}}
    return (
        Payload(
            body=events.decode(draft.kind, body),
            by=officer,
            id=session.chance.uuid7(),
            kind=draft.kind,
            ledger=opened.origin,
            nonce=str(Nonce(dice.bytes(16, "nonce"))),
            seen=opened.seen,
            signed_at=clock.now(),
            decision=draft.decision,
            prepared_by=draft.prepared_by if draft.prepared_by != officer else None,
            source=Source(**draft.source) if draft.source else None,
        ),
        openings,
    )


def _check_draft(draft: Draft) -> None:
    """Every fault of a draft now, rather than when somebody signs it."""
    nothing = {"sealed": str(Digest(bytes(32)))}
    events.decode(draft.kind, {**draft.body, **dict.fromkeys(draft.sealed, nothing)})


def try_out(opened: Opened, said: Payload, session: Session) -> Book:
    """The Book as this would leave it, were it recorded now. Raises what refuses it, apart from the signature."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    stand_in = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = next((key for officer, key in session.keyring.officers() if officer == said.by), None)
    wire = statement.sign(said, stand_in, public or stand_in.public_key().public_bytes_raw())
    book, read, now = opened.book(), statement.parse(wire), session.chance.clock.now()
    book.admit(read, now)
    book.evolve(read, now)
    return book


def sign_and_record(opened: Opened, pen: Pen, said: Payload, openings: dict[str, bytes], session: Session) -> None:
    """Sign and record, and say so at once; then the receipt and the new head are kept."""
    wire = statement.sign(said, pen.key, pen.public)
    recorded = opened.log().record(Submission(wire, openings), session.chance.clock)
    report(opened, recorded)
    opened.keep_receipt(recorded)
    if any(isinstance(effect.event, FieldErased) for effect in recorded.effects):
        scrub(opened)


def scrub(opened: Opened) -> None:
    """Leave no byte of what was erased in the database; say what could not be done."""
    for sentence in opened.store.scrub():
        click.echo(f"Not all done: {sentence}", err=True)


def read_draft(path: Path) -> Draft:
    """Read a draft. Raises InputOutput, Malformed."""
    try:
        data = path.read_bytes() if str(path) != "-" else sys.stdin.buffer.read(200_000)
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(path)) from None
    if len(data) > 100_000:
        raise Malformed(f"a draft has at most 100,000 bytes, and this has {len(data):,}", where=str(path))
    plain = _draft_members(data, path)
    return Draft(
        plain["kind"],
        plain["body"],
        plain.get("sealed", {}),
        plain.get("decision"),
        plain.get("prepared_by"),
        plain.get("source"),
    )


def _draft_members(data: bytes, path: Path) -> dict[str, Any]:
    shapes = {
        "draft": str,
        "kind": str,
        "body": dict,
        "sealed": dict,
        "decision": str,
        "prepared_by": str,
        "source": dict,
    }
    try:
        plain = json.loads(data, object_pairs_hook=_once)
    except RecursionError:
        raise Malformed("it is nested too deeply", where=str(path)) from None
    except ValueError as error:
        raise Malformed(f"not JSON: {error}", where=str(path)) from None
    if not isinstance(plain, dict) or plain.get("draft") != DRAFT:
        raise Malformed(f'not a draft: it must be an object with "draft": "{DRAFT}"', where=str(path))
    faults = [f"{name}: no such member" for name in plain if name not in shapes]
    faults += [f"{name}: missing" for name in ("kind", "body") if name not in plain]
    faults += [
        f"{name}: expected {shape.__name__}"
        for name, shape in shapes.items()
        if not isinstance(plain.get(name, shape()), shape)
    ]
    if faults:
        raise Malformed("; ".join(faults), where=str(path), next_step="--draft FILE on any write makes one")
    return plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"a member is there twice: {', '.join(twice)}")
    return members


# -- options ----------------------------------------------------------------------------------------


def writes(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every write has, gathered as its first argument."""

    @click.option("--as", "by", metavar="OFFICER", help="Who signs, such as GB-LAE-BPL/s151 [OUTCOMES_OFFICER].")
    @click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")
    @click.option("--log-key", type=click.Path(path_type=Path), help="The file of the log key [beside the ledger].")
    @click.option("--occurred-on", metavar="DATE", callback=_date, help="When it became true [today].")
    @click.option("--decision", metavar="TEXT", help="The decision that it rests on.")
    @click.option("--dry-run", is_flag=True, help="Show the exact statement; sign and record nothing.")
    @click.option(
        "--draft", type=click.Path(path_type=Path), metavar="FILE", help="Prepare it for somebody else to sign."
    )
    @click.option("-y", "--yes", is_flag=True, help="Do not ask before signing.")
    @functools.wraps(command)
    def with_options(
        *arguments: Any,
        by: str | None,
        ledger: str | None,
        log_key: Path | None,
        occurred_on: str | None,
        decision: str | None,
        dry_run: bool,
        draft: Path | None,
        yes: bool,
        **options: Any,
    ) -> None:
        session = Session(ledger, log_key)
        command(Writing(session, by, occurred_on, decision, dry_run, draft, yes), *arguments, **options)

    return with_options


def _date(_context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(date.fromisoformat(text)) if len(text) == 10 else _not_a_date(text, parameter)
    except ValueError:
        return _not_a_date(text, parameter)


def _not_a_date(text: str, parameter: click.Parameter) -> str:
    raise click.BadParameter(f"{text!r} is not a date: write it as 2026-04-01", param=parameter)


DATE: Final = _date
