"""`outcomes claim`: what was achieved is claimed, verified by somebody else, approved, paid for, and taken back."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, get_args

import click

from commands import options, refs
from commands.writing import Writing, writes
from ledger.errors import InputOutput
from ledger.events.claims import Grade
from ledger.rules import claims
from ledger.values import Digest, Pence, Token

EVIDENCE = click.option(
    "--evidence",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A document that shows it: only its SHA-256 and media type are recorded.",
)
PERSON = click.option(
    "--person", "people", multiple=True, type=options.Noun(Token, "token"), metavar="TOKEN", help="A person's token."
)
REASON = click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
AMOUNT = click.option("--amount", type=options.AMOUNT, required=True, help="How much.")


@click.group()
def claim() -> None:
    """Example: outcomes claim make CL-1 --contract homes --metric tenancy --units 12 --occurred-on 2026-06-30

    Claim outcomes, verify them, approve and record payments, and take back what was wrong.
    """


@claim.command()
@click.argument("reference", metavar="CLAIM")
@click.option("--contract", required=True, help="The contract.")
@click.option("--metric", required=True, help="The metric of its rate card.")
@click.option("--units", type=int, help="How many outcomes [as many as people].")
@PERSON
@EVIDENCE
@writes
def make(writing: Writing, reference: str, units: int | None, people: tuple[Token, ...], **given: Any) -> None:
    """Example: outcomes claim make CL-1 --contract homes --metric tenancy --units 12 --occurred-on 2026-06-30

    The provider says that outcomes were achieved; --occurred-on is the day, or the last day, of achievement.
    """
    given["evidence"] = _evidence(given["evidence"])
    count = len(people) if units is None else units
    writing.say("outcome-claimed/1", {"claim": reference, "units": count, "people": list(map(str, people)), **given})


def _evidence(files: tuple[Path, ...]) -> list[dict[str, str]]:
    """The SHA-256 and media type of each file. Raises InputOutput."""
    found: list[dict[str, str]] = []
    for file in files:
        try:
            digest = hashlib.sha256(file.read_bytes()).digest()
        except OSError as error:
            raise InputOutput(f"{error.strerror}", where=str(file)) from None
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found.append({"digest": str(Digest(digest)), "media_type": media_type})
    return found


@claim.command()
@click.argument("reference", metavar="CLAIM")
@EVIDENCE
@writes
def evidence(writing: Writing, reference: str, evidence: tuple[Path, ...]) -> None:
    """Example: outcomes claim evidence CL-1 --evidence tenancies.pdf

    More that shows a claim.
    """
    writing.say("evidence-attached/1", {"claim": reference, "evidence": _evidence(evidence)})


@claim.command()
@click.argument("reference", metavar="CLAIM")
@click.option("--units", type=int, help="How many of its units [all that are left].")
@click.option(
    "--grade", type=click.Choice(get_args(Grade)), default="another-body", show_default=True, help="How we know."
)
@PERSON
@EVIDENCE
@writes
def verify(writing: Writing, reference: str, units: int | None, people: tuple[Token, ...], **given: Any) -> None:
    """Example: outcomes claim verify CL-1 --units 11 --grade data-match --as GB-EXAMPLE-ICB/analyst

    Somebody other than the claimant finds that claimed outcomes were achieved.
    """
    given["evidence"] = _evidence(given["evidence"])
    count = _left(writing, reference, people) if units is None else units
    writing.say("outcome-verified/1", {"claim": reference, "units": count, "people": list(map(str, people)), **given})


@claim.command()
@click.argument("reference", metavar="CLAIM")
@click.option("--units", type=int, help="How many of its units [all that are left].")
@PERSON
@REASON
@writes
def reject(writing: Writing, reference: str, units: int | None, people: tuple[Token, ...], reason: str) -> None:
    """Example: outcomes claim reject CL-1 --units 1 --reason "The tenancy ended in week 9"

    Claimed outcomes are found not to have been achieved, or not to be payable.
    """
    count = _left(writing, reference, people) if units is None else units
    body = {"claim": reference, "units": count, "people": list(map(str, people))}
    writing.say("outcome-rejected/1", body, {"reason": reason})


def _left(writing: Writing, reference: str, people: tuple[Token, ...]) -> int:
    """The units that the people named make, or all that are neither verified nor rejected."""
    one = writing.opened().book().claims.claim(reference)
    return len(people) or one.made.units - one.verified - one.rejected


@claim.command("withdraw-verification")
@click.argument("reference", metavar="CLAIM")
@click.argument("entry")
@REASON
@writes
def withdraw_verification(writing: Writing, reference: str, entry: str, reason: str) -> None:
    """Example: outcomes claim withdraw-verification CL-1 21 --reason "Counted twice"

    A verification was wrong: its units no longer count, and what was paid for them is owed back.
    """
    named = refs.find(writing.opened().store, entry).entry.statement.id
    writing.say("verification-withdrawn/1", {"claim": reference, "verification": named}, {"reason": reason})


@claim.command()
@click.argument("reference", metavar="CLAIM")
@click.option("--payment", required=True, help="A new reference for the payment.")
@click.option("--units", type=int, help="How many of its verified units [all that are left].")
@writes
def approve(writing: Writing, reference: str, payment: str, units: int | None) -> None:
    """Example: outcomes claim approve CL-1 --payment PAY-1 --as GB-EXAMPLE-COUNCIL/head-of-service

    The commissioner approves what is due for verified outcomes. The sum and each payer's part are worked out from
    the contract, within every cap.
    """
    book = writing.opened().book()
    one = book.claims.claim(reference)
    contract = book.contracts.get(one.made.contract)
    count = claims.unpaid_units(book.claims, one) if units is None else units
    wanted = claims.due(book.claims, contract, one, count)
    lines = [{"payer": line.payer, "amount": str(line.amount)} for line in claims.lines_of(wanted)]
    for line in lines:
        click.echo(f"{line['payer']} pays {line['amount']}", err=True)
    if wanted.beyond:
        click.echo(f"{wanted.beyond.spoken} is beyond the payers' caps and is not approved", err=True)
    body = {"payment": payment, "claim": reference, "units": count, "amount": str(wanted.amount), "lines": lines}
    writing.say("payment-approved/1", body)


@claim.command()
@click.argument("payment")
@click.option("--amount", type=options.AMOUNT, help="How much [all that the signer's body has to pay].")
@writes
def pay(writing: Writing, payment: str, amount: Pence | None) -> None:
    """Example: outcomes claim pay PAY-1 --as GB-EXAMPLE-PCC/cfo

    A payer records that it paid its part of an approved payment.
    """
    book = writing.opened().book()
    approved = book.claims.payment(payment)
    payer = writing.session.officer(writing.by).split("/")[0]
    due = approved.to_pay(payer) if amount is None else amount
    contract = book.claims.claims[approved.approved.claim].made.contract
    body = {"contract": contract, "payment": payment, "payer": payer, "amount": str(Pence(due))}
    writing.say("payment-made/1", body)


@claim.command("claw-back")
@click.argument("payment")
@AMOUNT
@REASON
@writes
def claw_back(writing: Writing, payment: str, amount: Pence, reason: str) -> None:
    """Example: outcomes claim claw-back PAY-1 --amount 1250.00 --reason "Paid twice"

    Money paid must come back, by the payment's own shares.
    """
    writing.say("clawback-raised/1", {"payment": payment, "amount": str(amount)}, {"reason": reason})


@claim.command()
@click.argument("payment")
@AMOUNT
@writes
def recovered(writing: Writing, payment: str, amount: Pence) -> None:
    """Example: outcomes claim recovered PAY-1 --amount 1250.00

    The provider gave money back; each payer has its part.
    """
    writing.say("clawback-recovered/1", {"payment": payment, "amount": str(amount)})


@claim.command("write-off")
@click.argument("payment")
@AMOUNT
@writes
def write_off(writing: Writing, payment: str, amount: Pence) -> None:
    """Example: outcomes claim write-off PAY-1 --amount 50.00 --decision "Cabinet 2027/3"

    Money owed back will not come; cite the decision.
    """
    writing.say("clawback-written-off/1", {"payment": payment, "amount": str(amount)})


@claim.command()
@click.argument("reference", metavar="CLAIM")
@click.option("--dispute", required=True, help="A new reference for the dispute.")
@REASON
@writes
def dispute(writing: Writing, reference: str, dispute: str, reason: str) -> None:
    """Example: outcomes claim dispute CL-1 --dispute D-1 --reason "Two households are one"

    A party disagrees; nothing more is approved for the claim until it is resolved.
    """
    writing.say("dispute-opened/1", {"dispute": dispute, "claim": reference}, {"reason": reason})


@claim.command()
@click.argument("dispute")
@click.option("--found", type=click.Choice(["upheld", "dismissed", "settled"]), required=True, help="How it ended.")
@writes
def resolve(writing: Writing, dispute: str, found: str) -> None:
    """Example: outcomes claim resolve D-1 --found settled --decision "Partnership board 2026/9"

    The parties are agreed again; cite the decision.
    """
    writing.say("dispute-resolved/1", {"dispute": dispute, "found": found})
