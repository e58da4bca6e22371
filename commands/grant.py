"""`outcomes grant`: money given on conditions, conditions found met, and what its recipient certifies."""

from __future__ import annotations

from typing import Any, get_args

import click

from commands import options
from commands.commitment import profile, profile_options
from commands.writing import DATE, Draft, Writing, writes
from ledger.errors import Malformed
from ledger.values import FinancialYear, Pence, Restriction

DAYS = ("use_by", "return_by", "pass_by")


@click.group()
def grant() -> None:
    """Example: outcomes grant met G-1 match-funding --as GB-EXAMPLE-DEPARTMENT/finance

    Give money on conditions, find them met, and certify what became of it.
    """


@grant.command()
@click.argument("reference", metavar="GRANT")
@click.option("--to", required=True, metavar="ID", help="The body that it is given to.")
@click.option("--name", required=True, help="Its name.")
@profile_options
@click.option("--eligible", required=True, help="What it may be spent on.")
@click.option("--unspent", type=click.Choice(["returned", "kept"]), default="returned", show_default=True)
@click.option("--restriction", type=click.Choice(get_args(Restriction)), default="ring-fenced", show_default=True)
@click.option("--settlement", help="The settlement that it is part of.")
@click.option("--use-by", metavar="DATE", callback=DATE, help="The day by which it must be spent.")
@click.option("--return-by", metavar="DATE", callback=DATE, help="The day by which what is unspent goes back.")
@click.option("--hand-on-to", "pass_through", metavar="ID", help="The body that it must be passed on to in full.")
@click.option("--hand-on-by", "pass_by", metavar="DATE", callback=DATE, help="The day by which it must be passed on.")
@click.option("--condition", "conditions", multiple=True, metavar='"NAME=WORDS"', help="A condition; repeat it.")
@click.option("--grantor", metavar="ID", help="Who gives it [the signer's organisation].")
@click.option("--transcribed", nargs=2, metavar="SHA256 ROW", help="It says what a source states: dataset and row.")
@writes
def make(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes grant make G-1 --to GB-EXAMPLE-COUNCIL --name "Family hubs" --line 2026-27=200000.00
    --eligible "Running costs of family hubs" --use-by 2027-03-31
    --condition "match-funding=The council adds as much of its own" --as GB-EXAMPLE-DEPARTMENT/finance

    Give money on conditions; commitments that name the grant are conditional until each is met.
    """
    grantor = given["grantor"] or writing.session.officer(writing.by).split("/")[0]
    plain = ("to", "name", "eligible", "unspent", "restriction", "settlement", "pass_through", *DAYS)
    body = {"grant": reference, "grantor": grantor, **{name: given[name] for name in plain if given[name]}}
    body |= {"profile": profile(given), "conditions": _conditions(given["conditions"])}
    source = dict(zip(("dataset", "row"), given["transcribed"], strict=True)) if given["transcribed"] else None
    writing.say_draft(Draft("grant-conditions-recorded/1", body, source=source))


def _conditions(given: tuple[str, ...]) -> list[dict[str, str]]:
    """The conditions that the options describe. Raises Malformed, with every one that is wrong."""
    pairs = [text.partition("=")[::2] for text in given]
    if faults := [text for text, (name, what) in zip(given, pairs, strict=True) if not name or not what]:
        raise Malformed(f'write --condition "NAME=WORDS", as in "match-funding=As much again": {"; ".join(faults)}')
    return [{"name": name, "what": what} for name, what in pairs]


@grant.command()
@click.argument("reference", metavar="GRANT")
@click.argument("condition", metavar="CONDITION")
@click.option("--evidence", help="The SHA-256 of what shows it, in base64.")
@writes
def met(writing: Writing, reference: str, condition: str, evidence: str | None) -> None:
    """Example: outcomes grant met G-1 match-funding --as GB-EXAMPLE-DEPARTMENT/finance

    The grantor finds that a condition is met.
    """
    writing.say("condition-met/1", {"grant": reference, "condition": condition, "evidence": evidence})


@grant.command()
@click.argument("reference", metavar="GRANT")
@click.option("--year", type=options.YEAR, required=True, help="The year.")
@click.option("--received", type=options.AMOUNT, required=True, help="What was received of it.")
@click.option("--eligible-spend", type=options.AMOUNT, required=True, help="What was spent on what it is for.")
@click.option("--unspent", type=options.AMOUNT, required=True, help="What is left.")
@click.option("--returned", type=options.AMOUNT, help="What of that went back [nothing].")
@writes
def certify(writing: Writing, reference: str, year: FinancialYear, **given: Pence | None) -> None:
    """Example: outcomes grant certify G-1 --year 2026-27 --received 200000.00 --eligible-spend 188000.00
    --unspent 12000.00 --returned 12000.00 --as GB-EXAMPLE-COUNCIL/s151

    The body that it was given to certifies what became of it in a year.
    """
    sums = {name: str(amount) for name, amount in given.items() if amount is not None}
    writing.say("grant-return-certified/1", {"grant": reference, "year": str(year), **sums})
