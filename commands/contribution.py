"""`outcomes contribution`: instalments fall due, are paid, arrive, are given back, and are agreed at a year's end."""

from __future__ import annotations

from typing import Any

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.values import Pence


@click.group()
def contribution() -> None:
    """Example: outcomes contribution paid C-1-Q1 --amount 62500.00

    What was committed falls due, is paid, and arrives.
    """


@contribution.command()
@click.argument("reference", metavar="CONTRIBUTION")
@click.option("--commitment", required=True, help="The commitment that it is part of.")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@click.option("--year", type=options.YEAR, required=True, help="The year of the commitment that it settles.")
@click.option("--due-on", required=True, metavar="DATE", callback=DATE, help="The day by which it is to be paid.")
@click.option("--category", type=options.CATEGORY, default="resource", show_default=True)
@click.option("--accounts-as", type=options.ACCOUNTS_AS, help="The statutory heading [by the category].")
@writes
def due(writing: Writing, reference: str, amount: Pence, year: str, category: str, **given: Any) -> None:
    """Example: outcomes contribution due C-1-Q1 --commitment C-1 --amount 62500.00 --year 2026-27
    --due-on 2026-04-30

    An instalment falls due; the host or the funder says so.
    """
    category = options.category(category)
    accounts_as = given.pop("accounts_as") or ("capital" if category == "capital" else "revenue")
    body = {"contribution": reference, "amount": str(amount), "year": str(year), "category": category}
    writing.say("contribution-due/1", {**body, "accounts_as": accounts_as, **given})


@contribution.command()
@click.argument("reference", metavar="CONTRIBUTION")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@writes
def paid(writing: Writing, reference: str, amount: Pence) -> None:
    """Example: outcomes contribution paid C-1-Q1 --amount 62500.00 --as GB-EXAMPLE-ICB/cfo

    The funder paid it: the payer's side.
    """
    writing.say("contribution-paid/1", {"contribution": reference, "amount": str(amount)})


@contribution.command()
@click.argument("reference", metavar="CONTRIBUTION")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@writes
def received(writing: Writing, reference: str, amount: Pence) -> None:
    """Example: outcomes contribution received C-1-Q1 --amount 62500.00 --as GB-EXAMPLE-COUNCIL/s151

    The host received it: the other side of the same money.
    """
    writing.say("contribution-received/1", {"contribution": reference, "amount": str(amount)})


@contribution.command()
@click.argument("reference", metavar="CONTRIBUTION")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def returned(writing: Writing, reference: str, amount: Pence, reason: str) -> None:
    """Example: outcomes contribution returned C-1-Q1 --amount 500.00 --reason "Paid twice"

    The host gives it back to its funder.
    """
    writing.say("contribution-returned/1", {"contribution": reference, "amount": str(amount)}, {"reason": reason})


@contribution.command("in-kind")
@click.argument("reference", metavar="CONTRIBUTION")
@click.option("--commitment", required=True, help="The commitment that it stands beside.")
@click.option("--year", type=options.YEAR, required=True, help="The year in which it is given.")
@click.option("--what", required=True, help="What is given.")
@click.option("--value", type=options.AMOUNT, required=True, help="What it is worth.")
@click.option("--method", required=True, help="How it was valued.")
@writes
def in_kind(writing: Writing, reference: str, year: str, value: Pence, **given: str) -> None:
    """Example: outcomes contribution in-kind C-1-STAFF --commitment C-1 --year 2026-27
    --what "Two case workers" --value 84000.00 --method "Gross pay and on-costs"

    Staff, rooms or goods, valued by a stated method; never added to cash.
    """
    writing.say("contribution-in-kind/1", {"contribution": reference, "year": str(year), "value": str(value), **given})


@contribution.command()
@click.argument("other", metavar="ORGANISATION")
@click.option("--pool", required=True, help="The pool that it is about.")
@click.option("--year", type=options.YEAR, required=True, help="The year, at whose 31 March it stands.")
@click.option("--debtor", type=options.AMOUNT, default="0.00", show_default=True, help="What the other owes us.")
@click.option("--creditor", type=options.AMOUNT, default="0.00", show_default=True, help="What we owe the other.")
@click.option("--income", type=options.AMOUNT, default="0.00", show_default=True, help="What we had from it.")
@click.option("--expenditure", type=options.AMOUNT, default="0.00", show_default=True, help="What we spent to it.")
@click.option("--difference", type=options.BALANCE, default="0.00", show_default=True, help="What remains unexplained.")
@click.option("--note", help="Why they differ; sealed, so it can be erased.")
@click.option("--organisation", metavar="ID", help="The body that states it [the signer's].")
@writes
def position(writing: Writing, other: str, organisation: str | None, note: str | None, **given: Any) -> None:
    """Example: outcomes contribution position GB-EXAMPLE-ICB --pool prevention --year 2026-27 --debtor 62500.00
    --income 250000.00

    What one body and another owe each other at a year's end; it waits for the other to agree.
    """
    organisation = organisation or writing.session.officer(writing.by).split("/")[0]
    sums = {name: str(value) for name, value in given.items()}
    writing.say("position-agreed/1", {"organisation": organisation, "other": other, **sums}, {"note": note})
