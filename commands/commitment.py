"""`outcomes commitment`: money is committed, firmed, varied, spread anew over the years, and withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from commands import options
from commands.writing import DATE, Draft, Writing, writes
from ledger.errors import Malformed
from ledger.values import FinancialYear, Pence


def profile_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that make a profile: one year, or a line for each."""
    for option in (
        options.prevention_options,
        options.heading_options,
        click.option("--line", "lines", multiple=True, metavar="YEAR=AMOUNT", help="A year of the profile; repeat it."),
        click.option("--year", type=options.YEAR, help="The financial year, such as 2026-27."),
        click.option("--amount", type=options.AMOUNT, help="How much, in pounds and pence."),
    ):
        command = option(command)
    return command


def profile(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The profile that the options describe. Raises Malformed, with every line that is wrong."""
    lines = [(given["year"], given["amount"])] if given["amount"] is not None else []
    if lines and given["year"] is None:
        raise Malformed("--amount needs its --year, as in --year 2026-27")
    faults: list[str] = []
    for text in given["lines"]:
        year, _, amount = text.partition("=")
        try:
            lines.append((FinancialYear.parse(year), Pence.parse(amount)))
        except Malformed as error:
            faults.append(f"--line {text}: {error.why}")
    if faults or not lines:
        raise Malformed("; ".join(faults) or "how much, in which year? --amount and --year, or --line YEAR=AMOUNT")
    return [_line(str(year), amount, given) for year, amount in lines]


def sums(given: dict[str, Any]) -> dict[str, Any]:
    """The profile that the options describe, or the whole that stands in its stead. Raises Malformed."""
    if given["whole"] is None:
        return {"profile": profile(given)}
    if given["amount"] is not None or given["lines"]:
        raise Malformed("--whole stands in the stead of sums by year: give one or the other")
    return {"whole": str(given["whole"])}


def _line(year: str, amount: Pence, given: dict[str, Any]) -> dict[str, Any]:
    category = options.category(given["category"])
    heading = {"category": category, "accounts_as": options.accounts_as(category, given["accounts_as"])}
    prevention = options.prevention(given)
    return {"year": year, **heading, "amount": str(amount), **({"prevention": prevention} if prevention else {})}


@click.group()
def commitment() -> None:
    """Example: outcomes commitment make C-1 --pool prevention --amount 25000.00 --year 2026-27

    Make, firm, vary, reprofile and withdraw commitments.
    """


@commitment.command()
@click.argument("reference", metavar="COMMITMENT")
@click.option("--pool", help="The pool that the money is committed to.")
@click.option("--contract", help="The outcomes contract that it is committed to, instead.")
@click.option("--scheme", help="The one scheme of the pool that it is for [any].")
@click.option("--whole", type=options.AMOUNT, help="Under a contract: the most in all, without sums by year.")
@profile_options
@click.option("--contribution", type=options.CONTRIBUTION, help="Which sort of contribution, where the pool has sorts.")
@click.option("--use-by", metavar="DATE", callback=DATE, help="The day by which it must be spent.")
@click.option("--outcome", "outcomes", multiple=True, metavar="OUTCOME", help="An outcome that it is meant for.")
@click.option("--settlement", help="The settlement that the money is from.")
@click.option("--grant", help="The grant that the money is from, with its conditions.")
@click.option("--strength", type=options.STRENGTH, default="firm", show_default=True)
@click.option("--payment-basis", type=options.BASIS, default="block", show_default=True)
@click.option("--replaces", metavar="COMMITMENT", help="The one, reversed as an error, whose spending it covers first.")
@click.option("--note", help="What else a partner should know; sealed, so it can be erased.")
@click.option("--funder", metavar="ID", help="Whose money it is [the signer's organisation].")
@click.option("--transcribed", nargs=2, metavar="SHA256 ROW", help="It says what a source states: dataset and row.")
@writes
def make(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes commitment make C-1 --pool prevention --amount 25000.00 --year 2026-27

    Commit money, year by year, to a pool or to an outcomes contract. Moves no money.
    """
    funder = given["funder"] or writing.session.officer(writing.by).split("/")[0]
    plain = ("pool", "contract", "scheme", "strength", "payment_basis", "contribution", "use_by", "settlement", "grant")
    body = {"commitment": reference, "funder": funder, **{name: given[name] for name in plain if given[name]}}
    body |= sums(given)
    if given["replaces"]:
        body["replaces"] = given["replaces"]
    if given["outcomes"]:
        body["outcomes"] = list(given["outcomes"])
    sealed = {"note": given["note"]} if given["note"] else {}
    source = dict(zip(("dataset", "row"), given["transcribed"], strict=True)) if given["transcribed"] else None
    writing.say_draft(Draft("commitment-made/1", body, sealed, source=source))


@commitment.command()
@click.argument("reference", metavar="COMMITMENT")
@writes
def firm(writing: Writing, reference: str) -> None:
    """Example: outcomes commitment firm C-1 --decision "Cabinet 2026/14"

    It no longer depends on anything; cite the decision.
    """
    writing.say("commitment-firmed/1", {"commitment": reference})


@commitment.command()
@click.argument("reference", metavar="COMMITMENT")
@click.option("--whole", type=options.AMOUNT, help="Under a contract: the most in all, without sums by year.")
@profile_options
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def vary(writing: Writing, reference: str, reason: str, **given: Any) -> None:
    """Example: outcomes commitment vary C-1 --amount 30000.00 --year 2026-27 --reason "Uprated"

    Replace the whole profile by another.
    """
    body = {"commitment": reference, **sums(given)}
    writing.say("commitment-varied/1", body, {"reason": reason})


@commitment.command()
@click.argument("reference", metavar="COMMITMENT")
@profile_options
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def reprofile(writing: Writing, reference: str, reason: str, **given: Any) -> None:
    """Example: outcomes commitment reprofile C-1 --line 2026-27=15000.00 --line 2027-28=10000.00
    --reason "A late start"

    Spread it over the years in another way, with the same total; it waits for each partner of the pool.
    """
    writing.say("commitment-reprofiled/1", {"commitment": reference, "profile": profile(given)}, {"reason": reason})


@commitment.command()
@click.argument("reference", metavar="COMMITMENT")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def withdraw(writing: Writing, reference: str, reason: str) -> None:
    """Example: outcomes commitment withdraw C-1 --reason "Scheme not approved"

    End a commitment; nothing of it remains committed.
    """
    writing.say("commitment-withdrawn/1", {"commitment": reference}, {"reason": reason})
