"""`outcomes audit`: verify a ledger or a pack, write a pack, and drop what was kept of a ledger."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from commands.exits import DONE, FAILED, INCOMPLETE
from commands.export import LEDGER, write_pack
from commands.keeping import Keep, absolute, forget, home
from commands.session import Session
from ledger import entry
from ledger import pack as packs
from ledger.audit import Kept, Report
from ledger.checkpoint import Checkpoint, LogKey, split_note
from ledger.errors import InputOutput, KeyProblem, LedgerError, SignatureInvalid, VerificationFailed
from ledger.receipt import Receipt
from ledger.store import Store
from ledger.verifying import verify_pack, verify_store
from projections.wording import spoken

OLDER_KEY: Final = (
    "if the log key was changed since: --log-key VKEY with the older one, as outcomes init printed it or as log.vkey "
    "of a pack of that time holds it"
)


@click.group()
def audit() -> None:
    """Example: outcomes audit verify

    Verify a ledger or a pack; write a pack for an auditor.
    """


@audit.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[PACK]")
@LEDGER
@click.option("--against", type=click.Path(path_type=Path), metavar="FILE", help="A checkpoint that you kept yourself.")
@click.option("--witnesses", type=int, default=0, metavar="K", help="How many witnesses must have cosigned.")
@click.option("--identity", metavar="HEX", help="The ledger's identity, as you were given it by another way.")
@click.pass_context
def verify(
    context: click.Context,
    folder: Path | None,
    ledger: str | None,
    against: Path | None,
    witnesses: int,
    identity: str | None,
) -> None:
    """Example: outcomes audit verify --against checkpoint-of-march

    Judge every entry again in order: signatures, proofs, every rule at its place, every column. Returns 0 when all of
    it holds, 3 when something does not, 4 when something asked for could not be checked.
    """
    session = Session(ledger)
    store = None if folder else Store.open(session.url)
    if store:
        context.call_on_close(store.close)
    origin = _origin(store, folder)
    keep = Keep(session.home, origin) if origin else None
    kept = _kept(keep, against, identity, absolute(session.url) if store else None)
    with _watched(_size(store, folder)) as progress:
        if store:
            report = verify_store(store, kept, progress, processes=True)
        else:
            report = verify_pack(folder or Path(), kept, progress, processes=True)
    if witnesses > 0:
        report.unmet.append(f"{witnesses} witnesses were asked for, and this ledger has no cosignatures")
    _tell(report)
    if not report.failed and keep is not None:
        _keep(keep, report, absolute(session.url) if store else None)
    context.exit(FAILED if report.failed else INCOMPLETE if report.unmet else DONE)


@contextmanager
def _watched(size: int) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left, on a terminal; what it shows goes to stderr."""
    if not sys.stderr.isatty():
        yield lambda _more: None
        return
    with click.progressbar(length=size, label="Verifying", file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def _size(store: Store | None, folder: Path | None) -> int:
    try:
        return Checkpoint.parse(split_note(_note(store, folder))[0]).size
    except LedgerError:
        return 0


def _note(store: Store | None, folder: Path | None) -> bytes:
    return store.head().checkpoint if store else packs.Pack.open(folder or Path()).checkpoint()


def _origin(store: Store | None, folder: Path | None) -> str | None:
    """The name that the log gives itself, to find what was kept of it; audit checks it."""
    try:
        return Checkpoint.parse(split_note(_note(store, folder))[0]).origin
    except LedgerError:
        if folder is not None and not folder.is_dir():
            raise
        return None


def _kept(keep: Keep | None, against: Path | None, identity: str | None, address: str | None) -> Kept:
    """What this home keeps of a ledger of that name, or at that address, and what was given besides."""
    pinned = [identity] if identity else []
    heads: list[bytes] = []
    if address is not None and (known := Keep(home(), "any").pinned_at(address)):
        pinned.append(known)
    if keep is not None:
        note, known_name = keep.read("checkpoint"), keep.read("identity")
        heads += [note] if note else []
        pinned += [known_name.decode().strip()] if known_name else []
    if against is not None:
        heads.append(_read(against))
    if identity is not None and not re.fullmatch("[0-9a-f]{64}", identity):
        raise click.BadParameter(f"{identity!r} is not an identity: 64 hexadecimal digits")
    return Kept(tuple(bytes.fromhex(one) for one in pinned), tuple(heads))


def _read(path: Path) -> bytes:
    try:
        note = path.read_bytes()
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(path)) from None
    Checkpoint.parse(split_note(note)[0])
    return note


def _tell(report: Report) -> None:
    for finding in report.findings:
        click.echo(f"finding  {finding}")
    if report.more:
        click.echo(f"finding  and {report.more} more")
    for note in report.notes:
        click.echo(f"note  {note}")
    for unmet in report.unmet:
        click.echo(f"not checked  {unmet}")
    verdict = "FAILED" if report.failed else "incomplete" if report.unmet else "verified"
    click.echo(f"{verdict}  {report.size} entries  root {report.root.hex()}")
    click.echo(f"ledger  {report.origin or 'unknown'}  identity {report.identity.hex() or 'unknown'}")


def _keep(keep: Keep, report: Report, address: str | None) -> None:
    """What was verified is compared with from now on."""
    with keep.alone():
        old = keep.read("checkpoint")
        if old is None or Checkpoint.parse(split_note(old)[0]).size < report.size:
            keep.write("checkpoint", report.note)
        keep.pin(address, report.identity)
    click.echo("This head is kept: what comes later is compared with it.", err=True)


@audit.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--as", "by", metavar="OFFICER", help="Who signs what the pack holds [nobody].")
@LEDGER
def pack(folder: Path, by: str | None, ledger: str | None) -> None:
    """Example: outcomes audit pack pack-2026-04

    Write everything that an auditor needs into a folder: the log, the openings of sealed texts, the keys. It is
    verified offline, by this program or by others: docs/verify-without-us.md.
    """
    session = Session(ledger)
    opened = session.read_only()
    size = write_pack(opened, folder, with_openings=True)
    if by is not None:
        pen = session.keyring.unlock(by)
        packs.sign(folder, by, pen.key, pen.public)
    report = verify_pack(folder, Kept((opened.identity,)))
    if report.failed:
        raise VerificationFailed(
            f"the pack does not verify: {report.findings[0]}", where=str(folder), next_step="outcomes audit verify"
        )
    click.echo(f"{size} entries in {folder}, verified")
    click.echo(f"Next: outcomes audit verify {folder}", err=True)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--log-key", "vkey", metavar="VKEY", help="The log's verifier key [the one kept of that ledger].")
def receipt(file: Path, vkey: str | None) -> None:
    """Example: outcomes audit receipt home/ledgers/place.example_outcomes/receipts/entry-7.tlog-proof

    Check a receipt: the entry in it is in the log, under a checkpoint that the log signed.
    """
    try:
        proof = Receipt.parse(file.read_bytes())
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(file)) from None
    origin = Checkpoint.parse(split_note(proof.checkpoint)[0]).origin
    kept = Keep(home(), origin).read("log.vkey")
    named = vkey or (kept.decode().strip() if kept else None)
    if named is None:
        raise KeyProblem(f"nothing is kept of {origin}", next_step="--log-key VKEY, as you were given it")
    head = _verified(proof, LogKey.parse(named))
    said = entry.read(proof.extra).statement
    click.echo(f"entry {proof.index + 1}  {said.event.kind}  {spoken(said.event)}, signed by {said.by}")
    click.echo(f"in the log of {head.origin}, of {head.size} entries, root {head.root.hex()}")
    click.echo(f"payload digest {said.digest}")


def _verified(proof: Receipt, key: LogKey) -> Checkpoint:
    """The head that the key signed. SignatureInvalid says where the key of an older receipt is found."""
    try:
        return proof.verify(key)
    except SignatureInvalid as error:
        signers = {(line.name, line.key_id) for line in split_note(proof.checkpoint)[1]}
        if (key.name, key.key_id) in signers or key.name not in {name for name, _ in signers}:
            raise
        raise SignatureInvalid(error.why, where=error.where, next_step=OLDER_KEY) from None


@audit.command("forget")
@LEDGER
@click.option("--origin", metavar="NAME", help="The ledger's name, to drop its kept head and receipts too.")
def forget_ledger(ledger: str | None, origin: str | None) -> None:
    """Example: outcomes audit forget --origin place.example/outcomes

    Drop what this home keeps of a ledger. What was kept is your evidence: do this only for a ledger that you mean to
    replace.
    """
    dropped = forget(absolute(Session(ledger).url), origin)
    click.echo("dropped " + ", ".join(dropped) if dropped else "nothing was kept of it")
