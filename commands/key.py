"""`outcomes key`: an officer's key, made and kept here, introduced by a card, rotated and revoked in the ledger."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.keyring import Pen, card_of, new_passphrase
from commands.session import Session
from commands.writing import Writing, writes
from ledger.errors import NoLedger, NotFound
from ledger.keys import fingerprint, possession
from ledger.values import PublicKey, Signature


@click.group()
def key() -> None:
    """Example: outcomes key create GB-EXAMPLE-ICB/cfo --origin place.example/outcomes

    Make, list, show, rotate and revoke keys.
    """


@key.command()
@click.argument("officer")
@click.option("--origin", metavar="NAME", help="The ledger's name [that of --ledger].")
@click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")
@click.option("--staff-number", required=True, metavar="N", help="Whose office it is; only a token of it is kept.")
@click.option("--card", type=click.Path(path_type=Path), metavar="FILE", help="Where to write the card.")
def create(officer: str, origin: str | None, ledger: str | None, staff_number: str, card: Path | None) -> None:
    """Example: outcomes key create GB-EXAMPLE-ICB/cfo --origin place.example/outcomes

    Make an officer's key under a passphrase, and the card that introduces it. The card is public: hand it to the
    lead who admits or appoints you, and tell them its fingerprint by another way.
    """
    session = Session(ledger)
    name = origin or _origin_of(session)
    holder = session.keyring.holder(officer.split("/", maxsplit=1)[0], staff_number, session.chance.dice)
    pen = session.keyring.create(officer, session.chance.dice, plain=session.chance.seed is not None)
    path = card or Path(f"{officer.replace('/', '_')}.card.json")
    path.write_text(card_of(pen, name, holder).write())
    click.echo(f"key {officer}  {fingerprint(pen.public)}")
    click.echo(f"card {path}")
    click.echo("Next: outcomes partner admit CARD, or outcomes officer appoint CARD, by a lead", err=True)


def _origin_of(session: Session) -> str:
    try:
        return session.read_only().origin
    except NoLedger as error:
        raise NoLedger(
            error.why, where=error.where, next_step="--origin NAME says which ledger the key is for"
        ) from None


@key.command("list")
def list_keys() -> None:
    """Example: outcomes key list

    The keys that are kept here.
    """
    for officer, public in Session().keyring.officers():
        click.echo(f"{officer}  {fingerprint(public)}")


@key.command()
@click.argument("officer")
def show(officer: str) -> None:
    """Example: outcomes key show GB-EXAMPLE-ICB/cfo

    A key's fingerprint and public half, in OpenSSH's form.
    """
    from commands.keyring import public_line

    for name, public in Session().keyring.officers():
        if name == officer:
            click.echo(fingerprint(public))
            click.echo(public_line(public, name), nl=False)
            return
    raise NotFound(f"there is no key of {officer} here", next_step="outcomes key list")


@key.command()
@click.argument("officer")
@writes
def rotate(writing: Writing, officer: str) -> None:
    """Example: outcomes key rotate GB-EXAMPLE-ICB/clerk --as GB-EXAMPLE-ICB/cfo

    Give an officer a new key. An appointing officer of the same body signs; the old key is kept beside the new.
    """
    session, opened = writing.session, writing.opened()
    raw = session.chance.dice.bytes(32, f"new key after entry {opened.head.size} of {officer}")
    pen = Pen(officer, Ed25519PrivateKey.from_private_bytes(raw))
    proof = pen.key.sign(possession(opened.origin, officer, pen.public))
    passphrase = None if session.chance.seed or writing.dry_run else new_passphrase(officer)
    body = {"officer": officer, "key": str(PublicKey(pen.public)), "proof": str(Signature(proof))}
    waiting = session.keyring.path(officer).with_name(f"{session.keyring.path(officer).name}.new")
    if not writing.dry_run:
        from commands.keyring import save_private

        save_private(waiting, pen.key, passphrase)  # kept before it is registered: a key must not be lost
    writing.say("key-rotated/1", body)
    if not writing.dry_run and not writing.draft:
        session.keyring.replace(officer, pen.key, passphrase)
        waiting.unlink(missing_ok=True)


@key.command()
@click.argument("officer")
@click.option("--ground", type=click.Choice(["compromised", "lost", "holder-left"]), required=True, help="Why.")
@writes
def revoke(writing: Writing, officer: str, ground: str) -> None:
    """Example: outcomes key revoke GB-EXAMPLE-ICB/clerk --ground lost --as GB-EXAMPLE-ICB/cfo

    Nothing under the key is taken from here on; what it signed before stands.
    """
    book = writing.opened().book()
    standing = book.register.officers.get(officer)
    if standing is None or not standing.key:
        raise NotFound(f"{officer} has no key in the register", next_step="outcomes view partner")
    body = {"officer": officer, "key": str(PublicKey(standing.key)), "ground": ground}
    writing.say("key-revoked/1", body)
