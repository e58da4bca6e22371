"""`outcomes spend`: what a pool spends, accrues, takes in and puts right, line by line.

Each line draws once on what was committed for its pool, year, category and heading; the answer says on what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from commands import options
from commands.reconcile import reconcile
from commands.writing import Draft, Writing, writes
from ledger.events.spending import Activity
from ledger.values import Balance, Pence

SCHEME = click.option("--scheme", required=True, help="The scheme that it is spent on.")
PAYEE = click.option("--payee", help="Who is paid; sealed, so an individual can be withheld.")
AMOUNT = click.option("--amount", type=options.AMOUNT, required=True, help="How much.")


@click.group()
def spend() -> None:
    """Example: outcomes spend record S-1 --scheme falls --net 12500.00 --occurred-on 2026-06-30

    Record what a pool spends, accrues and takes in. --occurred-on is the day of the service, or of the payment.
    """


def cost_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what something cost."""
    for option in (
        click.option(
            "--vat", type=options.VAT, help="What became of the VAT [as the scheme has it; else none-charged]."
        ),
        click.option("--irrecoverable-vat", type=options.AMOUNT, help="The VAT on it that is not recovered."),
        click.option("--net", type=options.AMOUNT, required=True, help="The amount without VAT."),
    ):
        command = option(command)
    return command


def _cost(writing: Writing, given: dict[str, Any], scheme: str | None = None) -> dict[str, str]:
    """What it cost, as an event has it; the options are taken out of `given`."""
    net, lost, vat = given.pop("net"), given.pop("irrecoverable_vat"), given.pop("vat")
    if vat is None and lost is not None:
        vat = "not-recovered"
    if vat is None and scheme is not None:
        held = writing.opened().book().pools.schemes.get(scheme)  # where there is none, the rules say so
        vat = held.vat if held else None
    cost = {"net": str(net), "vat": vat or "none-charged"}
    return cost if lost is None else {**cost, "irrecoverable_vat": str(lost)}


def _line(writing: Writing, reference: str, given: dict[str, Any]) -> dict[str, Any]:
    """What every line of spending on a scheme says; the options are taken out of `given`."""
    scheme = given.pop("scheme")
    return {"spend": reference, "scheme": scheme, **options.heading(given), "cost": _cost(writing, given, scheme)}


def _why(given: dict[str, Any]) -> dict[str, Any]:
    """Why it counts as prevention; the options are taken out of `given`."""
    prevention = options.prevention(given)
    for name in ("level", "goal", "classification"):
        del given[name]
    return {"prevention": prevention}


@spend.command()
@click.argument("reference", metavar="SPEND")
@SCHEME
@options.heading_options
@cost_options
@click.option("--basis", type=click.Choice(["cash", "accrual"]), default="cash", show_default=True)
@click.option("--activity", type=click.Choice(get_args(Activity)), help="Buying, doing or changing.")
@click.option("--choice", type=click.Choice(["discretionary", "specified"]), help="Whether the law specifies it.")
@click.option("--intervention", metavar="TEXT", help="What was done, in a few words.")
@options.prevention_options
@click.option("--paid-to", metavar="ID", help="The body that was paid, where it is a body.")
@PAYEE
@click.option("--credits", metavar="SPEND", help="A credit note: the spending whose cost it lowers by this much.")
@writes
def record(writing: Writing, reference: str, payee: str | None, **given: Any) -> None:
    """Example: outcomes spend record S-1 --scheme falls --net 12500.00 --occurred-on 2026-06-30

    The host spent money of the pool on a scheme. It draws on restricted money first; what nothing covers is unfunded.
    """
    body = {**_line(writing, reference, given), **_why(given), **given}
    writing.say("spend-recorded/1", body, {"payee": payee})


@spend.command()
@click.argument("reference", metavar="SPEND")
@SCHEME
@options.heading_options
@cost_options
@options.prevention_options
@PAYEE
@writes
def accrue(writing: Writing, reference: str, payee: str | None, **given: Any) -> None:
    """Example: outcomes spend accrue S-9 --scheme falls --net 8000.00 --occurred-on 2027-03-31

    A service was had, and its invoice has not come: it is spending of the year of the service.
    """
    body = {**_line(writing, reference, given), **_why(given)}
    writing.say("accrual-recorded/1", body, {"payee": payee})


@spend.command()
@click.argument("reference", metavar="SPEND")
@cost_options
@writes
def settle(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes spend settle S-9 --net 8250.00 --occurred-on 2027-04-20

    The invoice for an accrued service came: more draws in the invoice's own year, and less is given back there.
    """
    writing.say("accrual-settled/1", {"spend": reference, "cost": _cost(writing, given)})


@spend.command()
@click.argument("pool", metavar="POOL")
@click.option("--partner", required=True, metavar="ID", help="Whose money it counts as, by the agreement.")
@AMOUNT
@click.option(
    "--sort", type=click.Choice(["charges", "recharges", "interest", "other"]), default="charges", show_default=True
)
@click.option("--scheme", help="The one scheme of the pool that it is for [any].")
@options.heading_options
@writes
def income(writing: Writing, pool: str, amount: Pence, **given: Any) -> None:
    """Example: outcomes spend income prevention --partner GB-EXAMPLE-COUNCIL --amount 4200.00

    Money came into the pool otherwise than from its funders; spending may draw on it.
    """
    writing.say("income-recorded/1", {"pool": pool, "amount": str(amount), **options.heading(given), **given})


@spend.command()
@click.argument("reference", metavar="SPEND")
@click.option("--pool", required=True, help="The pool that it runs.")
@click.option("--what", required=True, help="What for.")
@options.heading_options
@cost_options
@writes
def administration(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes spend administration A-1 --pool prevention --net 3000.00 --what "Pool manager"

    What it costs to run the pool itself; it draws on money that is for no one scheme.
    """
    body = {"spend": reference, **options.heading(given), "cost": _cost(writing, given), **given}
    writing.say("administrative-cost-recorded/1", body)


@spend.command()
@click.argument("reference", metavar="SPEND")
@SCHEME
@click.option("--person", type=options.TOKEN, required=True, metavar="TOKEN", help="The person's token; never a name.")
@AMOUNT
@options.heading_options
@writes
def allocate(writing: Writing, reference: str, person: object, amount: Pence, **given: Any) -> None:
    """Example: outcomes spend allocate PB-1 --scheme falls --amount 2400.00
    --person 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

    Money of a scheme is given to one person to arrange their own support.
    """
    body = {"spend": reference, "person": str(person), "amount": str(amount), **options.heading(given), **given}
    writing.say("personal-budget-allocated/1", body)


@spend.command()
@click.argument("reference", metavar="SPEND")
@AMOUNT
@options.heading_options
@options.prevention_options
@click.option("--authority", metavar="TEXT", help="Whose consent allows capital to become anything else.")
@writes
def reclassify(writing: Writing, reference: str, amount: Pence, **given: Any) -> None:
    """Example: outcomes spend reclassify S-1 --amount 5000.00 --category capital

    Spending belongs to another category, or to the other of revenue and capital; it keeps its scheme and year. It
    waits for each funder whose cost rises.
    """
    body = {"spend": reference, "amount": str(amount), **options.heading(given), **_why(given), **given}
    writing.say("category-reclassified/1", body)


@spend.command()
@click.argument("reference", metavar="SPEND")
@SCHEME
@options.heading_options
@cost_options
@click.option("--credits", metavar="SPEND", help="The spending whose cost it lowers by this much.")
@click.option("--reason", required=True, help="Why the report was wrong; sealed, so it can be erased.")
@writes
def adjust(writing: Writing, reference: str, reason: str, **given: Any) -> None:
    """Example: outcomes spend adjust J-1 --scheme falls --net 750.00 --reason "Left out" --occurred-on 2026-06-30

    Spending that belongs to a period which was reported; --occurred-on is a day in that period.
    """
    body = {**_line(writing, reference, given), **given}
    writing.say("period-adjusted/1", body, {"reason": reason})


@spend.command()
@click.option("--year", type=options.YEAR, required=True, help="The year.")
@click.option("--section", required=True, help="The part of the return, such as service expenditure or reserves.")
@click.option("--line", required=True, help="The line of the return.")
@click.option("--amount", type=options.BALANCE, required=True, help="The sum; below zero where income is more.")
@click.option("--certified/--not-certified", required=True, help="Whether the return is certified.")
@click.option("--organisation", metavar="ID", help="Whose outturn it is [the signer's organisation].")
@click.option("--transcribed", nargs=2, metavar="SHA256 ROW", help="It says what a source states: dataset and row.")
@writes
def outturn(
    writing: Writing, amount: Balance, organisation: str | None, transcribed: tuple[str, str] | None, **given: Any
) -> None:
    """Example: outcomes spend outturn --year 2026-27 --section "Service expenditure" --line "Public health"
    --amount 1250000.00 --certified

    What a body's return says it spent in a year, outside any pool. It draws on nothing.
    """
    organisation = organisation or writing.session.officer(writing.by).split("/")[0]
    source = dict(zip(("dataset", "row"), transcribed, strict=True)) if transcribed else None
    body = {"organisation": organisation, "amount": str(amount), **given}
    writing.say_draft(Draft("outturn-recorded/1", body, source=source))


spend.add_command(reconcile)
